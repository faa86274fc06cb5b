#include "stimulus_display/screen/refresh_tracker.h"

#include <algorithm>
#include <cmath>

namespace evoke {

NextRefresh RefreshTracker::Next(int64_t now_nanos) const {
  const int64_t index =
      std::max(last_index_ + 1,
               stamped_ ? model_.FirstIndexAt(now_nanos + latch_lead_nanos_) : last_index_ + 1);
  return {index, stamped_ ? model_.TimeOf(index) : now_nanos};
}

Flip RefreshTracker::Account(const NextRefresh& target, const FrameTimes& times,
                             const Stamp& stamp) {
  Flip flip;
  flip.source = source_;
  flip.target_index = target.index;
  flip.predicted_nanos = target.nanos;
  flip.commit_begin_nanos = times.commit_begin_nanos;
  flip.commit_end_nanos = times.commit_end_nanos;
  flip.monotonic_nanos = stamp.monotonic_nanos;
  flip.uncertainty_nanos = UncertaintyOf(stamp);
  flip.sequence = stamp.sequence;
  flip.flags = stamp.flags;
  flip.confirmed = stamp.confirmed;
  if (!stamped_ && stamp.confirmed) {
    flip.frame_index = last_index_ + 1;
  } else {
    flip.frame_index = std::max(last_index_ + 1, IndexOf(stamp));
  }
  flip.dropped = static_cast<int>(flip.frame_index - last_index_ - 1);
  if (!stamp.confirmed) {
    flip.reason = MissReason::kUnconfirmed;
  } else {
    if (flip.dropped > 0) flip.reason = ReasonOf(times);
    model_.Add(flip.frame_index, stamp.monotonic_nanos);
    stamped_ = true;
    if (stamp.sequence != 0) {
      last_sequence_ = stamp.sequence;
      sequence_index_ = flip.frame_index;
    }
  }
  last_index_ = flip.frame_index;
  return flip;
}

int64_t RefreshTracker::UncertaintyOf(const Stamp& stamp) const {
  if (source_ == StampSource::kSwapEstimate || source_ == StampSource::kTimerEstimate) {
    return std::llround(model_.period_nanos());
  }
  return stamp.uncertainty_nanos + std::llround(3 * model_.residual_sd_nanos());
}

int64_t RefreshTracker::IndexOf(const Stamp& stamp) const {
  if (stamp.confirmed && stamp.sequence > last_sequence_ && last_sequence_ != 0) {
    return sequence_index_ + static_cast<int64_t>(stamp.sequence - last_sequence_);
  }
  return stamped_ ? model_.NearestIndex(stamp.monotonic_nanos) : last_index_ + 1;
}

MissReason RefreshTracker::ReasonOf(const FrameTimes& times) const {
  const int64_t latch = model_.TimeOf(last_index_ + 1) - latch_lead_nanos_;
  if (times.begin_nanos > latch) return MissReason::kBusy;
  if (times.drawn_nanos > latch) return MissReason::kDrawing;
  // Woken too late.
  if (times.commit_begin_nanos > latch) return MissReason::kBusy;
  if (times.commit_end_nanos > latch) return MissReason::kCommit;
  return MissReason::kMonitor;
}

void RefreshTracker::SkipTo(int64_t now_nanos) {
  if (stamped_) last_index_ = std::max(last_index_, model_.FirstIndexAt(now_nanos) - 1);
}

}  // namespace evoke
