#include "common/figure/ticks.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"

namespace evoke {
namespace {

constexpr double kRounding = 1e-9;  // of a step: what counts as the same number

}  // namespace

double NiceStep(double low, double high, int max_intervals, bool whole) {
  const double least = (high - low) / max_intervals;
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  double step = 10 * power;
  for (const double digit : {1.0, 2.0, 5.0}) {
    if (digit * power >= least * (1 - kRounding)) {
      step = digit * power;
      break;
    }
  }
  return whole ? std::max(step, 1.0) : step;
}

std::vector<double> TicksWithin(double low, double high, double step) {
  std::vector<double> ticks;
  const double first = std::ceil(low / step - kRounding);
  const double last = std::floor(high / step + kRounding);
  // Adding 0 turns -0 into 0.
  for (double k = first; k <= last; ++k) ticks.push_back(k * step + 0.0);
  return ticks;
}

std::string TickLabel(double value, double step) {
  if (std::abs(value) < step * kRounding) return "0";
  const int step_power = static_cast<int>(std::floor(std::log10(step) + kRounding));
  if (std::abs(value) < 1e7 && step_power >= -6) {
    return absl::StrFormat("%.*f", std::max(0, -step_power), value);
  }
  const int value_power = static_cast<int>(std::floor(std::log10(std::abs(value)) + kRounding));
  return absl::StrFormat("%.*g", std::clamp(value_power - step_power + 1, 1, 17), value);
}

Axis FitAxis(double low, double high, const AxisFit& fit) {
  const double size = std::max(std::abs(low), std::abs(high));
  if (high - low <= size * 1e-10) {
    const double around = fit.whole ? 1.0 : size > 0 ? size * 0.1 : 1.0;
    low -= around;
    high += around;
  } else {
    const double padding = (high - low) * fit.padding;
    const double padded_low = low - padding;
    const double padded_high = high + padding;
    low = fit.stop_at_zero && low >= 0 ? std::max(0.0, padded_low) : padded_low;
    high = fit.stop_at_zero && high <= 0 ? std::min(0.0, padded_high) : padded_high;
  }
  Axis axis{low, high, NiceStep(low, high, fit.max_intervals, fit.whole), {}};
  if (fit.end_on_ticks) {
    axis.min = std::floor(low / axis.step + kRounding) * axis.step;
    axis.max = std::ceil(high / axis.step - kRounding) * axis.step;
  }
  axis.ticks = TicksWithin(axis.min, axis.max, axis.step);
  return axis;
}

}  // namespace evoke
