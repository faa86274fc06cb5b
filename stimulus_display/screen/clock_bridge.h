// Stamps of another clock of this machine, on CLOCK_MONOTONIC.
#ifndef EVOKE_STIMULUS_DISPLAY_SCREEN_CLOCK_BRIDGE_H_
#define EVOKE_STIMULUS_DISPLAY_SCREEN_CLOCK_BRIDGE_H_

#include <cstdint>
#include <ctime>

namespace evoke {

// Compositors may stamp with CLOCK_MONOTONIC_RAW, which time synchronisation does not bend: the two
// part by up to 0.5 ms in a second. The offset is therefore read anew for every stamp: the other
// clock between two readings of CLOCK_MONOTONIC, of several such brackets the narrowest (Cristian
// 1989). Not thread-safe.
class ClockBridge {
 public:
  explicit ClockBridge(clockid_t clock) : clock_(clock) {}

  clockid_t clock() const { return clock_; }
  // The instant on CLOCK_MONOTONIC; the same if that is the clock. Stamps should be recent.
  int64_t ToMonotonic(int64_t nanos);
  // Half the width of the bracket used last; 0 for CLOCK_MONOTONIC.
  int64_t uncertainty_nanos() const { return uncertainty_nanos_; }

 private:
  const clockid_t clock_;
  int64_t uncertainty_nanos_ = 0;
};

int64_t ClockNanos(clockid_t clock);
inline int64_t MonotonicNanos() { return ClockNanos(CLOCK_MONOTONIC); }
// Returns at once if the instant has passed.
void SleepUntil(int64_t monotonic_nanos);

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_SCREEN_CLOCK_BRIDGE_H_
