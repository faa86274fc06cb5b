// Two kinds of time: wall time, for records that people read, and monotonic time, for everything
// that is measured or compared.
#ifndef EVOKE_COMMON_CLOCK_H_
#define EVOKE_COMMON_CLOCK_H_

#include <cstdint>
#include <memory>

#include "absl/time/time.h"
#include "common/mutex.h"

namespace evoke {

// Thread-safe. Passed to constructors, never global, so that tests can hold time in their hands.
class Clock {
 public:
  virtual ~Clock() = default;
  // Wall time. May jump; used for records only.
  virtual absl::Time Now() const = 0;
  // Nanoseconds of CLOCK_MONOTONIC: the "raw local stamp" of every record. Never goes back.
  virtual int64_t MonotonicNanos() const = 0;
};

// The machine's clocks.
std::unique_ptr<Clock> NewSystemClock();

// A clock that stands still until it is told to move. For tests.
class ManualClock : public Clock {
 public:
  explicit ManualClock(absl::Time now = absl::UnixEpoch() + absl::Hours(24 * 365))
      : now_(now), monotonic_nanos_(1'000'000'000) {}
  absl::Time Now() const override {
    MutexLock lock(&mutex_);
    return now_;
  }
  int64_t MonotonicNanos() const override {
    MutexLock lock(&mutex_);
    return monotonic_nanos_;
  }
  void Advance(absl::Duration d) {
    MutexLock lock(&mutex_);
    now_ += d;
    monotonic_nanos_ += absl::ToInt64Nanoseconds(d);
  }

 private:
  mutable Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_);
  int64_t monotonic_nanos_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evoke

#endif  // EVOKE_COMMON_CLOCK_H_
