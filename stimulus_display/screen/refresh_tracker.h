// The bookkeeping of refreshes: which one a frame can make, and which one it made.
#ifndef EVOKE_STIMULUS_DISPLAY_SCREEN_REFRESH_TRACKER_H_
#define EVOKE_STIMULUS_DISPLAY_SCREEN_REFRESH_TRACKER_H_

#include <cstdint>

#include "stimulus_display/screen/refresh_model.h"
#include "stimulus_display/screen/screen.h"
#include "stimulus_display/screen/stamper.h"

namespace evoke {

// The instants of one frame on its way to the monitor, CLOCK_MONOTONIC.
struct FrameTimes {
  int64_t begin_nanos = 0;  // Show() was called
  int64_t drawn_nanos = 0;  // nothing left to do but the commit
  int64_t commit_begin_nanos = 0;
  int64_t commit_end_nanos = 0;
};

// Numbers the refreshes from 0, the first that was stamped, the missed ones included: by the
// window system's count where there is one, by the fitted line (RefreshModel) otherwise. No
// clock, no window: what it is told is all it knows. Allocates nothing. Not thread-safe.
class RefreshTracker {
 public:
  RefreshTracker(StampSource source, double period_nanos) : source_(source), model_(period_nanos) {}

  // Frames must be handed over this long before their refresh to make it (found by calibration).
  void SetLatchLead(int64_t nanos) { latch_lead_nanos_ = nanos; }
  int64_t latch_lead_nanos() const { return latch_lead_nanos_; }

  // The first refresh that a frame begun now can make: one after the last, and its latch is yet
  // to come.
  NextRefresh Next(int64_t now_nanos) const;

  // What became of a frame that was begun for `target`.
  Flip Account(const NextRefresh& target, const FrameTimes& times, const Stamp& stamp);

  // Forgets the refreshes since the last frame: nobody was showing.
  void SkipTo(int64_t now_nanos);

  const RefreshModel& model() const { return model_; }

 private:
  // A refresh for estimates; for a monitor's stamps what they stray from the line.
  int64_t UncertaintyOf(const Stamp& stamp) const;
  int64_t IndexOf(const Stamp& stamp) const;
  MissReason ReasonOf(const FrameTimes& times) const;

  const StampSource source_;
  RefreshModel model_;
  int64_t latch_lead_nanos_ = 0;
  bool stamped_ = false;
  int64_t last_index_ = -1;
  // Of the last stamp with a count: the count and the refresh that it belongs to.
  uint64_t last_sequence_ = 0;
  int64_t sequence_index_ = 0;
};

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_SCREEN_REFRESH_TRACKER_H_
