// The arithmetic of refreshes: durations as frames, the timer's grid, and what
// the swaps at start say about vsync. Pure functions.
#ifndef EVOKE_STIMULUS_DISPLAY_SCREEN_REFRESH_H_
#define EVOKE_STIMULUS_DISPLAY_SCREEN_REFRESH_H_

#include <cstdint>

#include "absl/time/time.h"
#include "absl/types/span.h"

namespace evoke {

// The nearest whole number of refreshes, halves away from zero; 0 for durations under half a
// refresh and negative ones. Saturates at the largest int.
int NearestFrames(absl::Duration duration, int64_t period_nanos);

// Refreshes at fixed instants: number n is at origin + n / hz, so that an error does not add up.
class RefreshGrid {
 public:
  RefreshGrid(int64_t origin_nanos, double hz) : origin_nanos_(origin_nanos), hz_(hz) {}
  int64_t TimeOf(int64_t index) const;
  // The last refresh at or before `nanos`.
  int64_t IndexAt(int64_t nanos) const;

 private:
  int64_t origin_nanos_;
  double hz_;
};

struct RefreshEstimate {
  double hz = 0;  // from the median interval; 0 with fewer than two stamps
  // Whether the swaps waited for the monitor: steady, and at its rate or a whole fraction of it.
  bool blocks_to_vsync = false;
};

// Judges the stamps of consecutive unpaced swaps. Drivers may claim vsync and not wait, wait for a
// timer of their own: only the intervals tell. A `nominal_hz` of 0 means that the driver knows no
// monitor (SDL's dummy and offscreen drivers), and so nothing to wait for.
RefreshEstimate EstimateRefresh(absl::Span<const int64_t> swap_nanos, double nominal_hz);

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_SCREEN_REFRESH_H_
