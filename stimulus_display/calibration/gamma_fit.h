// From a photometer's readings to a gamma table.
#ifndef EVOKE_STIMULUS_DISPLAY_CALIBRATION_GAMMA_FIT_H_
#define EVOKE_STIMULUS_DISPLAY_CALIBRATION_GAMMA_FIT_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "stimulus_display/screen/gamma_table.h"

namespace evoke {

enum class GammaChannel { kGray, kRed, kGreen, kBlue };

absl::string_view GammaChannelName(GammaChannel channel);
// The colour on the screen with this value in the channel and 0 in the others; gray has it in all.
std::array<uint8_t, 3> GammaChannelColor(GammaChannel channel, int level);

struct GammaReading {
  GammaChannel channel = GammaChannel::kGray;
  int level = 0;         // the value sent, 0 to 255
  double luminance = 0;  // cd/m2; any unit that is proportional to light will do
  friend bool operator==(const GammaReading&, const GammaReading&) = default;
};

// luminance = offset + gain (level / 255)^gamma
struct GammaFit {
  double gamma = 1;
  double gain = 0;    // of the same unit as the readings
  double offset = 0;  // what the screen gives off at level 0; not negative
  double rms = 0;     // residuals, as a fraction of the gain
  double worst = 0;   // the largest one, likewise
};

// Least squares: gain and offset in closed form for each gamma, and gamma from 0.3 to 6 by a golden
// section search, which finds the minimum because the rest has only one here (variable projection,
// Golub & Pereyra 1973). The model without separate gain within the power is that of Berns (1996).
// INVALID_ARGUMENT, naming the reading: fewer than 4 different levels, a level or luminance out of
// range, or light that falls, by more than 1 % of the range, where the level rises.
absl::StatusOr<GammaFit> FitGamma(absl::Span<const GammaReading> readings);

struct GammaCalibration {
  GammaTable table;
  // Either gray alone, or red, green and blue.
  std::vector<GammaChannel> channels;
  std::vector<GammaFit> fits;
};

// The table that makes each channel's light proportional to the level wanted, between that of level
// 0 and that of 255. INVALID_ARGUMENT: as FitGamma(); readings of some colours only, or of gray and
// colours mixed.
absl::StatusOr<GammaCalibration> CalibrateGamma(absl::Span<const GammaReading> readings);

// What people want to know of it, a line for each channel, with a warning where the power law does
// not describe the monitor (a residual over 2 % of the range).
std::string DescribeCalibration(const GammaCalibration& calibration);

// "channel,level,luminance" and one line for each reading.
std::string FormatReadings(absl::Span<const GammaReading> readings);
// INVALID_ARGUMENT, naming the line.
absl::StatusOr<std::vector<GammaReading>> ParseReadings(absl::string_view text);

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_CALIBRATION_GAMMA_FIT_H_
