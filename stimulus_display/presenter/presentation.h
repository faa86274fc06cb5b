// What the presenter is asked to show, and what it says was shown.
#ifndef EVOKE_STIMULUS_DISPLAY_PRESENTER_PRESENTATION_H_
#define EVOKE_STIMULUS_DISPLAY_PRESENTER_PRESENTATION_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "common/image.h"
#include "stimulus_display/screen/geometry.h"
#include "stimulus_display/screen/screen.h"

namespace evoke {

// Durations become refreshes: the nearest whole number. `on` and `off` are at least one.
struct PresentationRequest {
  uint64_t id = 0;         // the caller's; comes back in the result
  uint32_t sync_code = 0;  // comes back in the result
  Image image;
  absl::Duration on;                   // the image on the screen
  absl::Duration off;                  // then the background, before any other stimulus
  absl::Duration min_inter_trial;      // background before this onset since the stimulus before it
  std::optional<Placement> placement;  // the presenter's default if unset
};

// Exactly one for each accepted request, in the order of the requests; an image that the graphics
// card refuses has its result at once.
struct PresentationResult {
  uint64_t id = 0;
  uint32_t sync_code = 0;
  // CLOCK_MONOTONIC, nanoseconds. 0: that did not happen.
  int64_t ready_nanos = 0;   // the image was on the graphics card
  int64_t onset_nanos = 0;   // the first refresh with the stimulus
  int64_t offset_nanos = 0;  // the first refresh without it
  StampSource source = StampSource::kTimerEstimate;
  int64_t uncertainty_nanos = 0;  // of onset and offset: one refresh
  int on_frames = 0;              // asked for, in refreshes
  int off_frames = 0;
  int frames_shown = 0;    // refreshes from onset to offset, as they happened
  int dropped_frames = 0;  // refreshes missed from onset to offset
  bool aborted = false;    // not to be scored
  // Why aborted: "operator", "stopped", "window closed", or what the screen said.
  std::string reason;
};

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_PRESENTER_PRESENTATION_H_
