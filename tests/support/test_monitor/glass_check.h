// Compares what the display says it showed with what was on the test monitor's glass.
#ifndef EVOKE_TESTS_SUPPORT_TEST_MONITOR_GLASS_CHECK_H_
#define EVOKE_TESTS_SUPPORT_TEST_MONITOR_GLASS_CHECK_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/types/span.h"
#include "common/image.h"
#include "stimulus_display/presenter/timing_record.h"
#include "stimulus_display/screen/look.h"
#include "tests/support/test_monitor/test_monitor.h"

namespace evoke {

// Sight.code of a picture whose frame code cannot be read.
constexpr uint32_t kNoCode = 0xffffffff;

// Reads the patch (its middle pixel) and the frame code of pictures of this look, and the whole
// picture's checksum if asked for.
std::function<Sight(const Picture&)> LookFor(const Look& look, bool checksum);

// What is to be on the glass: the background with the image at its own size in the middle and this
// code, which is not 0; or, with code 0, without the image. Without gamma table and fixation.
Image PaintGlass(const Look& look, int width, int height, const Image& image, uint32_t code);

// Counts that should be 0, but for the first four.
struct GlassReport {
  int presentations = 0;  // on the glass
  int misses = 0;         // vblanks that repeated the commit before, while the display was showing
  int injected = 0;       // those of them that the monitor was told to miss

  // Others of them, around which the monitor's own thread, whose priority is higher, was kept from
  // the processor for over a millisecond: the machine stood still, or something on it did.
  int stalled = 0;

  // What the glass shows, whatever the display says.
  int missed_onsets = 0;    // not right after the `off` refreshes that were asked for
  int starved_onsets = 0;   // those of them that no missed vblank explains: nothing was ready
  int wrong_durations = 0;  // not on for the refreshes that were asked for
  int wrong_codes = 0;      // vblanks without a readable code, or with that of another trial
  int wrong_patches = 0;    // vblanks with the patch not as the code says

  // Misses that the display's records do not name by their vblank, and presentations whose onset,
  // offset, refreshes shown or refreshes missed are not those on the glass, or that it does not
  // know of.
  int undetected = 0;
  // Vblanks that the display says were missed and were not, and onsets that it says were late and
  // were not.
  int false_alarms = 0;

  // Display minus glass, nanoseconds, for each presentation.
  std::vector<double> onset_errors;       // of the onset's stamp
  std::vector<double> prediction_errors;  // of the refresh as predicted before the flip
};

// `results` in the order in which they were shown, with sync codes 1 .. 65535 that differ between
// neighbours; `refreshes` all of the time between. The patch mode is kOnWithStimulus.
GlassReport CheckGlass(absl::Span<const MonitorFrame> glass,
                       absl::Span<const PresentationResult> results,
                       absl::Span<const RefreshRecord> refreshes);

}  // namespace evoke

#endif  // EVOKE_TESTS_SUPPORT_TEST_MONITOR_GLASS_CHECK_H_
