#include "stimulus_display/screen/clock_bridge.h"

#include <cerrno>

namespace evoke {
namespace {
constexpr int kBrackets = 5;
constexpr int64_t kNanosPerSecond = 1'000'000'000;
}  // namespace

int64_t ClockNanos(clockid_t clock) {
  timespec ts;
  clock_gettime(clock, &ts);
  return int64_t{ts.tv_sec} * kNanosPerSecond + ts.tv_nsec;
}

void SleepUntil(int64_t monotonic_nanos) {
  timespec ts;
  ts.tv_sec = static_cast<time_t>(monotonic_nanos / kNanosPerSecond);
  ts.tv_nsec = static_cast<long>(monotonic_nanos % kNanosPerSecond);
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, nullptr) == EINTR) {
  }
}

int64_t ClockBridge::ToMonotonic(int64_t nanos) {
  if (clock_ == CLOCK_MONOTONIC) return nanos;
  int64_t offset = 0;
  int64_t narrowest = INT64_MAX;
  for (int i = 0; i < kBrackets; ++i) {
    const int64_t before = MonotonicNanos();
    const int64_t other = ClockNanos(clock_);
    const int64_t width = MonotonicNanos() - before;
    if (width >= narrowest) continue;
    narrowest = width;
    offset = before + width / 2 - other;
  }
  uncertainty_nanos_ = (narrowest + 1) / 2;
  return nanos + offset;
}

}  // namespace evoke
