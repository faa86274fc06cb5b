// A line through the monitor's refreshes: when each comes, from stamps that are not exact.
#ifndef EVOKE_STIMULUS_DISPLAY_SCREEN_REFRESH_MODEL_H_
#define EVOKE_STIMULUS_DISPLAY_SCREEN_REFRESH_MODEL_H_

#include <array>
#include <cstddef>
#include <cstdint>

namespace evoke {

// stamp = intercept + period * index, fitted to the latest kWindow pairs: about 300 of them follow
// a drifting monitor and average the jitter out. The slope to begin with is the median of those
// between points half a window apart and the intercept the median of what remains (after Theil 1950
// and Siegel 1982: neither is moved by a quarter of wild stamps); least squares through the points
// within three robust standard deviations of that line then make it exact.
//
// Fixed memory, about 10 us for each pair. Not thread-safe.
class RefreshModel {
 public:
  static constexpr int kWindow = 300;

  // The period counts until there are kRestart stamps: a line through a few that jitter has a slope
  // of its own.
  explicit RefreshModel(double period_nanos) : period_(period_nanos) {}

  // Indices increase. When the monitor changes its course (a mode switch, a suspended machine), all
  // stamps are outliers to the old line: after kRestart in a row the line is made from them alone.
  void Add(int64_t index, int64_t stamp_nanos);

  int points() const { return count_; }
  double period_nanos() const { return period_; }
  // Of the stamps that count, about the line.
  double residual_sd_nanos() const { return residual_sd_; }
  // Of all pairs so far.
  int64_t outliers() const { return outliers_; }

  // Meaningful with at least one point. Extrapolates in both directions.
  int64_t TimeOf(int64_t index) const;
  // The refresh nearest to the instant.
  int64_t NearestIndex(int64_t nanos) const;
  // The first refresh at the instant or after it.
  int64_t FirstIndexAt(int64_t nanos) const;

 private:
  static constexpr int kRestart = 20;
  // Exact stamps have no spread: what is this near to the line is no outlier.
  static constexpr double kLeastSpreadNanos = 2'000;

  struct Point {
    int64_t index = 0;
    int64_t nanos = 0;
  };
  const Point& At(int n) const;  // the n-th of the window, oldest first
  void Fit();

  std::array<Point, kWindow> points_;
  int count_ = 0;
  int next_ = 0;
  int outliers_in_a_row_ = 0;
  int64_t outliers_ = 0;

  // The line, relative to a point of it so that doubles are exact enough.
  int64_t origin_index_ = 0;
  int64_t origin_nanos_ = 0;
  double intercept_ = 0;
  double period_;
  double residual_sd_ = 0;
};

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_SCREEN_REFRESH_MODEL_H_
