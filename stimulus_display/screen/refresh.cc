#include "stimulus_display/screen/refresh.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace evoke {
namespace {

// Intervals of a blocking swap differ by scheduling jitter only: the middle half of them lies
// within this fraction of the period.
constexpr double kSteadySpread = 0.2;
// Drivers round the nominal rate (59.94 to 59 or 60). A software renderer that happens to take
// about a refresh for each frame should not pass for a monitor.
constexpr double kRateTolerance = 0.05;
// A slow machine shows every second refresh, or every third or fourth.
constexpr int kMostRefreshesPerSwap = 4;

int SaturatedInt(double value) {
  return static_cast<int>(std::clamp<double>(value, 0, std::numeric_limits<int>::max()));
}

}  // namespace

int NearestFrames(absl::Duration duration, int64_t period_nanos) {
  return SaturatedInt(std::round(absl::FDivDuration(duration, absl::Nanoseconds(1)) /
                                 static_cast<double>(period_nanos)));
}

int64_t RefreshGrid::TimeOf(int64_t index) const {
  return origin_nanos_ + std::llround(static_cast<double>(index) * 1e9 / hz_);
}

int64_t RefreshGrid::IndexAt(int64_t nanos) const {
  auto index =
      static_cast<int64_t>(std::floor(static_cast<double>(nanos - origin_nanos_) * hz_ / 1e9));
  // Rounding may put an instant on the grid just beside it.
  if (TimeOf(index + 1) <= nanos) ++index;
  if (TimeOf(index) > nanos) --index;
  return index;
}

RefreshEstimate EstimateRefresh(absl::Span<const int64_t> swap_nanos, double nominal_hz) {
  if (swap_nanos.size() < 2) return {};
  std::vector<double> intervals;
  for (size_t i = 1; i < swap_nanos.size(); ++i) {
    intervals.push_back(static_cast<double>(swap_nanos[i] - swap_nanos[i - 1]));
  }
  std::sort(intervals.begin(), intervals.end());
  const auto quantile = [&](double q) {
    return intervals[static_cast<size_t>(q * static_cast<double>(intervals.size() - 1))];
  };
  const double median = quantile(0.5);
  if (median <= 0) return {};
  RefreshEstimate estimate;
  estimate.hz = 1e9 / median;
  const bool steady = quantile(0.75) - quantile(0.25) <= kSteadySpread * median;
  bool at_monitor_rate = false;
  for (int k = 1; k <= kMostRefreshesPerSwap; ++k) {
    at_monitor_rate |= std::abs(estimate.hz * k - nominal_hz) <= kRateTolerance * nominal_hz;
  }
  estimate.blocks_to_vsync = nominal_hz > 0 && steady && at_monitor_rate;
  return estimate;
}

}  // namespace evoke
