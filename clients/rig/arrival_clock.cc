#include "clients/rig/arrival_clock.h"

#include <algorithm>
#include <cmath>

namespace evoke {
namespace {

constexpr size_t kSeconds = 60;

}  // namespace

void ArrivalClock::Add(int64_t sample, int64_t local_nanos) {
  const int64_t sample_nanos = std::llround(static_cast<double>(sample) / rate_ * 1e9);
  const int64_t late = local_nanos - sample_nanos;
  const int64_t second = local_nanos / 1'000'000'000;
  if (bins_.empty() || bins_.back().second != second) {
    bins_.push_back({second, late, 0});
    if (bins_.size() > kSeconds) bins_.pop_front();
  }
  Bin& bin = bins_.back();
  bin.least_nanos = std::min(bin.least_nanos, late);
  if (last_sample_ != 0) bin.largest_step = std::max(bin.largest_step, sample - last_sample_);
  last_sample_ = sample;
}

int64_t ArrivalClock::Least() const {
  int64_t least = bins_.front().least_nanos;
  for (const Bin& bin : bins_) least = std::min(least, bin.least_nanos);
  return least;
}

int64_t ArrivalClock::ToSample(int64_t local_nanos, int64_t delay_nanos) const {
  return std::llround(static_cast<double>(local_nanos - Least() + delay_nanos) * rate_ * 1e-9);
}

int64_t ArrivalClock::uncertainty_nanos() const {
  const int64_t least = Least();
  int64_t spread = 0, step = 0;
  for (const Bin& bin : bins_) {
    spread = std::max(spread, bin.least_nanos - least);
    step = std::max(step, bin.largest_step);
  }
  return spread + std::llround(static_cast<double>(step) / rate_ * 1e9);
}

}  // namespace evoke
