// What the presenter is asked to show, and what it says was shown.
#ifndef EVOKE_STIMULUS_DISPLAY_PRESENTER_PRESENTATION_H_
#define EVOKE_STIMULUS_DISPLAY_PRESENTER_PRESENTATION_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/time/time.h"
#include "common/image.h"
#include "stimulus_display/presenter/short_text.h"
#include "stimulus_display/screen/geometry.h"
#include "stimulus_display/screen/screen.h"

namespace evoke {

// What an onset at a stated time means.
enum class OnsetRule : uint8_t {
  kFirstAfter,  // the first refresh at that time or after it
  kNearest,     // the refresh nearest to it
};

// What becomes of a stimulus that came on, or can only come on, later than the refresh chosen for
// it: that of the onset asked for, however long the image or a gap took, or else the first at which
// all was ready.
enum class MissPolicy : uint8_t {
  kShift,     // shown for as long as was asked; the offset is as late as the onset
  kTruncate,  // leaves when it should have left; aborted if nothing remains
  kAbort,     // aborted: not shown, or taken off at once
};

// Durations become refreshes: the nearest whole number. `on` and `off` are at least one.
struct PresentationRequest {
  uint64_t id = 0;         // the caller's, not 0; comes back in the result
  uint32_t sync_code = 0;  // comes back in the result; its low 16 bits are the frame code
  Image image;
  absl::Duration on;                   // the image on the screen
  absl::Duration off;                  // then the background, before any other stimulus
  absl::Duration min_inter_trial;      // background before this onset since the stimulus before it,
                                       // also if that was aborted
  std::optional<Placement> placement;  // the presenter's default if unset
  int64_t onset_nanos = 0;             // CLOCK_MONOTONIC; 0: as soon as it can be
  OnsetRule onset_rule = OnsetRule::kFirstAfter;
};

// The reason of a stimulus that MissPolicy aborted.
inline constexpr std::string_view kLateOnset = "late onset";
// The reason of a stimulus during which the screen did not say what it showed.
inline constexpr std::string_view kUnconfirmed = "a refresh was not confirmed";

// Exactly one for each accepted request, in the order of the requests; an image that the graphics
// card refuses has its result at once. Trivially copyable.
struct PresentationResult {
  uint64_t id = 0;
  uint32_t sync_code = 0;
  // CLOCK_MONOTONIC, nanoseconds. 0: that did not happen, or was not asked for.
  int64_t requested_nanos = 0;         // the onset that was asked for
  int64_t ready_nanos = 0;             // the image was on the graphics card
  int64_t predicted_onset_nanos = 0;   // of the refresh chosen for the onset, before the flip
  int64_t onset_nanos = 0;             // the first refresh with the stimulus
  int64_t predicted_offset_nanos = 0;  // of the refresh chosen for the offset, before the flip
  int64_t offset_nanos = 0;            // the first refresh without it
  int64_t uncertainty_nanos = 0;       // of onset and offset
  int64_t onset_index = 0;             // of the refresh, as in RefreshRecord
  int64_t offset_index = 0;
  StampSource source = StampSource::kTimerEstimate;
  int on_frames = 0;  // asked for, in refreshes
  int off_frames = 0;
  int frames_shown = 0;     // refreshes from onset to offset, as they happened
  int dropped_frames = 0;   // refreshes missed from onset to offset
  int late_frames = 0;      // refreshes from the one chosen for the onset to the onset
  uint8_t patch_value = 0;  // the sync patch at the onset: 255 white, 0 black
  bool aborted = false;     // not to be scored
  // Why aborted: what the caller of Abort() said ("operator" for Esc), "stopped", "window closed",
  // kLateOnset, kUnconfirmed, or what the screen said.
  ShortText reason;
};

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_PRESENTER_PRESENTATION_H_
