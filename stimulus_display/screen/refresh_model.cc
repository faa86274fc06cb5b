#include "stimulus_display/screen/refresh_model.h"

#include <algorithm>
#include <cmath>

namespace evoke {
namespace {

// Standard deviations per median absolute deviation, for normal noise.
constexpr double kSdOfMad = 1.4826;
constexpr double kOutlierSds = 3;

using Values = std::array<double, RefreshModel::kWindow>;

double Median(Values& values, int count) {
  auto* const middle = values.begin() + count / 2;
  std::nth_element(values.begin(), middle, values.begin() + count);
  return *middle;
}

}  // namespace

const RefreshModel::Point& RefreshModel::At(int n) const {
  return points_[static_cast<size_t>((next_ - count_ + n + kWindow) % kWindow)];
}

void RefreshModel::Add(int64_t index, int64_t stamp_nanos) {
  const double error = static_cast<double>(stamp_nanos - TimeOf(index));
  const bool outlier =
      count_ >= kRestart &&
      std::abs(error) > std::max(3 * kLeastSpreadNanos, 2 * kOutlierSds * residual_sd_);
  outliers_ += outlier ? 1 : 0;
  outliers_in_a_row_ = outlier ? outliers_in_a_row_ + 1 : 0;
  points_[static_cast<size_t>(next_)] = {index, stamp_nanos};
  next_ = (next_ + 1) % kWindow;
  count_ = std::min(count_ + 1, kWindow);
  if (outliers_in_a_row_ == kRestart) {
    count_ = kRestart;
    outliers_in_a_row_ = 0;
  }
  Fit();
}

void RefreshModel::Fit() {
  origin_index_ = At(count_ - 1).index;
  origin_nanos_ = At(count_ - 1).nanos;
  const auto x = [this](int n) { return static_cast<double>(At(n).index - origin_index_); };
  const auto y = [this](int n) { return static_cast<double>(At(n).nanos - origin_nanos_); };

  Values values;
  if (count_ < kRestart) {
    for (int n = 0; n < count_; ++n) values[static_cast<size_t>(n)] = y(n) - period_ * x(n);
    intercept_ = Median(values, count_);
    residual_sd_ = 0;
    return;
  }
  const int half = count_ / 2;
  for (int n = 0; n + half < count_; ++n) {
    values[static_cast<size_t>(n)] = (y(n + half) - y(n)) / (x(n + half) - x(n));
  }
  double slope = Median(values, count_ - half);
  for (int n = 0; n < count_; ++n) values[static_cast<size_t>(n)] = y(n) - slope * x(n);
  double intercept = Median(values, count_);
  for (int n = 0; n < count_; ++n) {
    values[static_cast<size_t>(n)] = std::abs(y(n) - slope * x(n) - intercept);
  }
  const double limit = kOutlierSds * std::max(kLeastSpreadNanos, kSdOfMad * Median(values, count_));

  double n_in = 0;
  double sum_x = 0;
  double sum_y = 0;
  double sum_xx = 0;
  double sum_xy = 0;
  for (int n = 0; n < count_; ++n) {
    if (std::abs(y(n) - slope * x(n) - intercept) > limit) continue;
    n_in += 1;
    sum_x += x(n);
    sum_y += y(n);
    sum_xx += x(n) * x(n);
    sum_xy += x(n) * y(n);
  }
  const double spread = n_in * sum_xx - sum_x * sum_x;
  const double coarse_slope = slope;
  const double coarse_intercept = intercept;
  if (n_in >= 2 && spread > 0) {
    slope = (n_in * sum_xy - sum_x * sum_y) / spread;
    intercept = (sum_y - slope * sum_x) / n_in;
  }
  double squares = 0;
  for (int n = 0; n < count_; ++n) {
    if (std::abs(y(n) - coarse_slope * x(n) - coarse_intercept) > limit) continue;
    const double residual = y(n) - slope * x(n) - intercept;
    squares += residual * residual;
  }
  period_ = slope;
  intercept_ = intercept;
  residual_sd_ = n_in > 2 ? std::sqrt(squares / (n_in - 2)) : 0;
}

int64_t RefreshModel::TimeOf(int64_t index) const {
  return origin_nanos_ +
         std::llround(intercept_ + period_ * static_cast<double>(index - origin_index_));
}

int64_t RefreshModel::NearestIndex(int64_t nanos) const {
  return origin_index_ +
         std::llround((static_cast<double>(nanos - origin_nanos_) - intercept_) / period_);
}

int64_t RefreshModel::FirstIndexAt(int64_t nanos) const {
  const int64_t nearest = NearestIndex(nanos);
  return TimeOf(nearest) >= nanos ? nearest : nearest + 1;
}

}  // namespace evoke
