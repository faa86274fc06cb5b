// Who says when a frame came on.
#ifndef EVOKE_STIMULUS_DISPLAY_SCREEN_STAMPER_H_
#define EVOKE_STIMULUS_DISPLAY_SCREEN_STAMPER_H_

#include <cstdint>

#include "stimulus_display/screen/screen.h"

namespace evoke {

struct Stamp {
  bool confirmed = false;
  int64_t monotonic_nanos = 0;  // CLOCK_MONOTONIC
  int64_t uncertainty_nanos = 0;
  uint64_t sequence = 0;     // refreshes, as the window system or driver counts them; 0: unknown
  uint32_t flags = 0;        // of wp_presentation_feedback.presented
  int64_t period_nanos = 0;  // the monitor's, as the window system has it; 0: unknown
};

// Used by the thread that swaps, once for each swap: BeforeSwap(), the swap, AfterSwap().
class Stamper {
 public:
  virtual ~Stamper() = default;
  virtual StampSource source() const = 0;
  virtual void BeforeSwap() = 0;
  // Blocks until it is known when the frame of the swap came on, at most until the deadline; then,
  // and if the frame was never shown, the stamp is not confirmed.
  virtual Stamp AfterSwap(int64_t deadline_nanos) = 0;
};

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_SCREEN_STAMPER_H_
