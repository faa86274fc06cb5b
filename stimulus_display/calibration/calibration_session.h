// The conversations by which a monitor is calibrated: on the screen, and with a terminal.
#ifndef EVOKE_STIMULUS_DISPLAY_CALIBRATION_CALIBRATION_SESSION_H_
#define EVOKE_STIMULUS_DISPLAY_CALIBRATION_CALIBRATION_SESSION_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "stimulus_display/calibration/gamma_fit.h"
#include "stimulus_display/screen/screen.h"

namespace evoke {

// The terminal. `typed` gives what was typed there since the last call, and never waits.
struct Terminal {
  std::function<std::string()> typed;
  std::function<void(const std::string&)> print;
};

// Shows the calibration screen; the arrows fit the outline to a bank card. Returns the width of the
// whole monitor in cm. `screen_width_cm` is the guess to begin with; 0: none. CANCELLED: Esc, or
// the window was closed. On the thread that owns the screen and its events.
absl::StatusOr<double> MeasureScreenWidth(Screen* screen, double screen_width_cm,
                                          const Terminal& terminal);

struct GammaSteps {
  std::vector<GammaChannel> channels = {GammaChannel::kGray};
  int steps = 17;  // levels per channel, evenly from 0 to 255
};

// Shows each level full-field, one after another, and takes what a photometer says of it, typed
// into the terminal or at the screen's keyboard, with Return. A reading darker than the one before
// is asked for again, and taken when it is the same again; the arrow left, or "-", goes back a
// step. CANCELLED: as above. INVALID_ARGUMENT: fewer than 4 steps, or more than 256.
absl::StatusOr<std::vector<GammaReading>> TakeReadings(Screen* screen, const GammaSteps& steps,
                                                       const Terminal& terminal);

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_CALIBRATION_CALIBRATION_SESSION_H_
