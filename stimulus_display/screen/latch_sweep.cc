#include "stimulus_display/screen/latch_sweep.h"

#include <algorithm>
#include <cstddef>

namespace evoke {

int64_t LatchSweep::lead_nanos() const { return period_nanos_ * (kSteps - step_) / kSteps; }

void LatchSweep::Record(int64_t lead_nanos, bool made) {
  leads_[static_cast<size_t>(repeat_)] = lead_nanos;
  missed_ += made ? 0 : 1;
  if (++repeat_ < kRepeats) return;
  std::sort(leads_.begin(), leads_.end());
  const int64_t middle = leads_[kRepeats / 2];
  const bool step_made = missed_ <= kRepeats / 2 && middle > 0;
  if (step_made) {
    earliest_nanos_ = std::max(earliest_nanos_, middle);
    latest_nanos_ = middle;
  }
  done_ = !step_made || step_ == kSteps - 1;
  ++step_;
  repeat_ = missed_ = 0;
}

}  // namespace evoke
