#include "tests/support/test_monitor/scanout.h"

#include <cmath>

namespace evoke {

Scanout::Scanout(const ScanoutOptions& options, int64_t start_nanos)
    : options_(options),
      start_nanos_(start_nanos),
      period_nanos_(1e9 / options.hz),
      lead_nanos_(absl::ToInt64Nanoseconds(options.latch_lead)),
      rng_(options.seed) {}

int64_t Scanout::TimeOf(int64_t vblank) const {
  return start_nanos_ + std::llround(static_cast<double>(vblank) * period_nanos_);
}

int64_t Scanout::NextNanos() const { return TimeOf(next_vblank_) - (latched_ ? 0 : lead_nanos_); }

std::optional<Scanout::Event> Scanout::Advance(int64_t now_nanos) {
  if (now_nanos < NextNanos()) return std::nullopt;
  if (latched_) {
    latched_ = false;
    ++next_vblank_;
    return Event{Event::kVblank, frame_};
  }
  frame_.vblank = next_vblank_;
  frame_.nanos = TimeOf(next_vblank_);
  frame_.stamp_nanos = frame_.nanos + Jitter();
  frame_.missed_commit = 0;
  if (waiting_ != frame_.commit) {
    const bool miss = rng_.Uniform() < options_.miss_probability;
    if (misses_to_come_ > 0 || miss) {
      frame_.missed_commit = waiting_;
      if (misses_to_come_ > 0) --misses_to_come_;
    } else {
      frame_.commit = waiting_;
    }
  }
  latched_ = true;
  return Event{Event::kLatch, frame_};
}

int64_t Scanout::Jitter() {
  double nanos = rng_.Normal() * absl::ToDoubleNanoseconds(options_.stamp_jitter);
  if (rng_.Uniform() < options_.outlier_probability) {
    const double size = 1e6 * (1 + 3 * rng_.Uniform());
    nanos += rng_.Uniform() < 0.5 ? -size : size;
  }
  return std::llround(nanos);
}

}  // namespace evoke
