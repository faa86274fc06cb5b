// What the refresh thread tells others of every refresh and of every onset and offset.
#ifndef EVOKE_STIMULUS_DISPLAY_PRESENTER_TIMING_RECORD_H_
#define EVOKE_STIMULUS_DISPLAY_PRESENTER_TIMING_RECORD_H_

#include <cstdint>
#include <type_traits>

#include "stimulus_display/presenter/event_queue.h"
#include "stimulus_display/presenter/presentation.h"
#include "stimulus_display/screen/screen.h"

namespace evoke {

// One flip: a frame given to the monitor, and when it came on. Instants are CLOCK_MONOTONIC, in
// nanoseconds. The monitor's refreshes are numbered, the missed ones included; a record for which
// `flip.dropped` is n > 0 accounts for the n refreshes before `flip.frame_index` as well, at which
// the frame of the record before stayed on.
struct RefreshRecord {
  Flip flip;
  uint64_t request_id = 0;  // of the stimulus in the frame; 0: the background
  uint32_t sync_code = 0;
  uint8_t patch_value = 0;  // the sync patch: 255 white, 0 black
};
static_assert(std::is_trivially_copyable_v<RefreshRecord>);
static_assert(std::is_trivially_copyable_v<PresentationResult>);

// A stimulus came on or went off: for who marks it in another system's record at once.
struct MarkerEvent {
  enum class Kind : uint8_t { kOnset, kOffset };
  Kind kind = Kind::kOnset;
  uint64_t request_id = 0;
  uint32_t sync_code = 0;
  int64_t stamp_nanos = 0;   // of the refresh, as in the stimulus' result
  int64_t posted_nanos = 0;  // when the refresh thread knew
};

// Given to the presenter by who reads them; outlives it. Each queue has one reader, which may be a
// thread of its own. A reader that is slow loses records, counted by lost(); it delays nothing.
struct TimingQueues {
  EventQueue<RefreshRecord> refreshes{1 << 14};     // two minutes at 120 Hz
  EventQueue<PresentationResult> stimuli{1 << 10};  // copies of the results
  EventQueue<MarkerEvent> markers{1 << 8};
};

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_PRESENTER_TIMING_RECORD_H_
