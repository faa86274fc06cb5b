#include "stimulus_display/calibration/gamma_fit.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

constexpr GammaChannel kChannels[] = {GammaChannel::kGray, GammaChannel::kRed, GammaChannel::kGreen,
                                      GammaChannel::kBlue};
constexpr double kLowestGamma = 0.3;
constexpr double kHighestGamma = 6;
constexpr int kSearchSteps = 60;  // leaves (golden ratio)^60 of the range: 1e-12
constexpr double kFallTolerance = 0.01;
constexpr double kResidualWarning = 0.02;
constexpr char kReadingsHeader[] = "channel,level,luminance";

absl::Status CheckReadings(absl::Span<const GammaReading> readings) {
  std::set<int> levels;
  double brightest = 0;
  for (const GammaReading& reading : readings) {
    if (reading.level < 0 || reading.level > 255 || !std::isfinite(reading.luminance) ||
        reading.luminance < 0) {
      return absl::InvalidArgumentError(
          absl::StrFormat("%s at level %d gave %g: levels are 0 to 255, and light is not negative",
                          GammaChannelName(reading.channel), reading.level, reading.luminance));
    }
    levels.insert(reading.level);
    brightest = std::max(brightest, reading.luminance);
  }
  if (levels.size() < 4) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "%d different levels: a gamma, a gain and an offset need at least 4", levels.size()));
  }
  std::vector<GammaReading> sorted(readings.begin(), readings.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const GammaReading& a, const GammaReading& b) { return a.level < b.level; });
  for (size_t i = 1; i < sorted.size(); ++i) {
    const GammaReading& before = sorted[i - 1];
    if (sorted[i].luminance < before.luminance - kFallTolerance * brightest) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "%s falls from %g at level %d to %g at level %d: measure these again (is the photometer "
          "still in its place, and the monitor's automatic dimming off?)",
          GammaChannelName(before.channel), before.luminance, before.level, sorted[i].luminance,
          sorted[i].level));
    }
  }
  return absl::OkStatus();
}

// The best gain and offset for a gamma, and their residuals.
GammaFit FitLine(absl::Span<const GammaReading> readings, double gamma) {
  const auto n = static_cast<double>(readings.size());
  double sum_x = 0, sum_y = 0, sum_xx = 0, sum_xy = 0;
  const auto x_of = [&](const GammaReading& r) { return std::pow(r.level / 255.0, gamma); };
  for (const GammaReading& reading : readings) {
    const double x = x_of(reading);
    sum_x += x;
    sum_y += reading.luminance;
    sum_xx += x * x;
    sum_xy += x * reading.luminance;
  }
  GammaFit fit;
  fit.gamma = gamma;
  fit.gain = (n * sum_xy - sum_x * sum_y) / (n * sum_xx - sum_x * sum_x);
  fit.offset = (sum_y - fit.gain * sum_x) / n;
  if (fit.offset < 0) {  // no light is less than none
    fit.offset = 0;
    fit.gain = sum_xy / sum_xx;
  }
  double squares = 0;
  for (const GammaReading& reading : readings) {
    const double residual = reading.luminance - fit.offset - fit.gain * x_of(reading);
    squares += residual * residual;
    fit.worst = std::max(fit.worst, std::abs(residual));
  }
  fit.rms = std::sqrt(squares / n);
  return fit;
}

GammaTable::Channel Invert(double gamma) {
  GammaTable::Channel channel;
  for (size_t i = 0; i < channel.size(); ++i) {
    channel[i] =
        static_cast<uint8_t>(std::lround(255 * std::pow(static_cast<double>(i) / 255, 1 / gamma)));
  }
  return channel;
}

}  // namespace

absl::string_view GammaChannelName(GammaChannel channel) {
  switch (channel) {
    case GammaChannel::kGray:
      return "gray";
    case GammaChannel::kRed:
      return "red";
    case GammaChannel::kGreen:
      return "green";
    case GammaChannel::kBlue:
      break;
  }
  return "blue";
}

std::array<uint8_t, 3> GammaChannelColor(GammaChannel channel, int level) {
  const auto value = static_cast<uint8_t>(level);
  if (channel == GammaChannel::kGray) return {value, value, value};
  std::array<uint8_t, 3> rgb = {0, 0, 0};
  rgb[static_cast<size_t>(channel) - static_cast<size_t>(GammaChannel::kRed)] = value;
  return rgb;
}

absl::StatusOr<GammaFit> FitGamma(absl::Span<const GammaReading> readings) {
  EVOKE_RETURN_IF_ERROR(CheckReadings(readings));
  constexpr double kInverseGolden = 1 / std::numbers::phi;
  double low = kLowestGamma;
  double high = kHighestGamma;
  for (int i = 0; i < kSearchSteps; ++i) {
    const double left = high - (high - low) * kInverseGolden;
    const double right = low + (high - low) * kInverseGolden;
    if (FitLine(readings, left).rms < FitLine(readings, right).rms) {
      high = right;
    } else {
      low = left;
    }
  }
  GammaFit fit = FitLine(readings, (low + high) / 2);
  if (!(fit.gain > 0)) {
    return absl::InvalidArgumentError(
        absl::StrFormat("%s gives the same light at all levels: is the photometer before the "
                        "screen, and the screen full?",
                        GammaChannelName(readings.front().channel)));
  }
  fit.rms /= fit.gain;
  fit.worst /= fit.gain;
  return fit;
}

absl::StatusOr<GammaCalibration> CalibrateGamma(absl::Span<const GammaReading> readings) {
  GammaCalibration calibration;
  for (const GammaChannel channel : kChannels) {
    std::vector<GammaReading> own;
    for (const GammaReading& reading : readings) {
      if (reading.channel == channel) own.push_back(reading);
    }
    if (own.empty()) continue;
    EVOKE_ASSIGN_OR_RETURN(const GammaFit fit, FitGamma(own));
    calibration.channels.push_back(channel);
    calibration.fits.push_back(fit);
  }
  const bool gray = calibration.channels == std::vector{GammaChannel::kGray};
  const bool colors = calibration.channels ==
                      std::vector{GammaChannel::kRed, GammaChannel::kGreen, GammaChannel::kBlue};
  if (!gray && !colors) {
    return absl::InvalidArgumentError(
        "readings are needed of gray alone, or of red, green and blue: measure the missing ones");
  }
  for (size_t c = 0; c < 3; ++c) {
    calibration.table.rgb[c] = Invert(calibration.fits[gray ? 0 : c].gamma);
  }
  return calibration;
}

std::string DescribeCalibration(const GammaCalibration& calibration) {
  std::string text;
  for (size_t i = 0; i < calibration.fits.size(); ++i) {
    const GammaFit& fit = calibration.fits[i];
    const GammaTable::Channel& channel = calibration.table.rgb[i];
    const std::set<uint8_t> values(channel.begin(), channel.end());
    absl::StrAppendFormat(
        &text,
        "%s: gamma %.3f, gain %.4g, offset %.3g; residuals %.2f %% rms, %.2f %% at "
        "worst; %d of 256 levels stay apart\n",
        GammaChannelName(calibration.channels[i]), fit.gamma, fit.gain, fit.offset, 100 * fit.rms,
        100 * fit.worst, values.size());
    if (fit.worst > kResidualWarning) {
      absl::StrAppendFormat(
          &text,
          "WARNING: %s does not follow a power law (set the monitor's contrast and picture mode to "
          "standard, and measure again); with this table its light is off by up to %.1f %% of the "
          "range\n",
          GammaChannelName(calibration.channels[i]), 100 * fit.worst);
    }
  }
  return text;
}

std::string FormatReadings(absl::Span<const GammaReading> readings) {
  std::string text = absl::StrCat(kReadingsHeader, "\n");
  for (const GammaReading& reading : readings) {
    absl::StrAppendFormat(&text, "%s,%d,%.10g\n", GammaChannelName(reading.channel), reading.level,
                          reading.luminance);
  }
  return text;
}

absl::StatusOr<std::vector<GammaReading>> ParseReadings(absl::string_view text) {
  std::vector<GammaReading> readings;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line.front() == '#' || line == kReadingsHeader) continue;
    const std::vector<absl::string_view> fields = absl::StrSplit(line, ',');
    GammaReading reading;
    const auto* channel =
        std::find_if(std::begin(kChannels), std::end(kChannels),
                     [&](GammaChannel c) { return GammaChannelName(c) == fields[0]; });
    if (fields.size() != 3 || channel == std::end(kChannels) ||
        !absl::SimpleAtoi(fields[1], &reading.level) ||
        !absl::SimpleAtod(fields[2], &reading.luminance)) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "line %d: expected \"gray,LEVEL,LUMINANCE\", or red, green, blue", number));
    }
    reading.channel = *channel;
    readings.push_back(reading);
  }
  return readings;
}

}  // namespace evoke
