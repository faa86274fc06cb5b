// Stamps for screens that do not say when a frame came on.
#ifndef EVOKE_STIMULUS_DISPLAY_SCREEN_ESTIMATE_STAMPERS_H_
#define EVOKE_STIMULUS_DISPLAY_SCREEN_ESTIMATE_STAMPERS_H_

#include "stimulus_display/screen/clock_bridge.h"
#include "stimulus_display/screen/refresh.h"
#include "stimulus_display/screen/stamper.h"

namespace evoke {

// The swap waits for the monitor: the frame came on about when it returned.
class SwapReturnStamper : public Stamper {
 public:
  StampSource source() const override { return StampSource::kSwapEstimate; }
  void BeforeSwap() override {}
  Stamp AfterSwap(int64_t /*deadline_nanos*/) override {
    return {.confirmed = true, .monotonic_nanos = MonotonicNanos()};
  }
};

// The swap does not wait: refreshes are what a timer says, and a frame came on at the one before
// its swap was carried out.
class TimerStamper : public Stamper {
 public:
  explicit TimerStamper(double hz) : grid_(MonotonicNanos(), hz) {}
  StampSource source() const override { return StampSource::kTimerEstimate; }
  void BeforeSwap() override {}
  Stamp AfterSwap(int64_t /*deadline_nanos*/) override {
    const int64_t index = grid_.IndexAt(MonotonicNanos());
    return {.confirmed = true,
            .monotonic_nanos = grid_.TimeOf(index),
            .sequence = static_cast<uint64_t>(index) + 1};
  }

 private:
  const RefreshGrid grid_;
};

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_SCREEN_ESTIMATE_STAMPERS_H_
