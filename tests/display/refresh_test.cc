#include "stimulus_display/screen/refresh.h"

#include <limits>
#include <vector>

#include "common/random.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

constexpr int64_t kPeriod = 16'666'667;

TEST(NearestFramesTest, RoundsToTheNearestRefresh) {
  EXPECT_EQ(NearestFrames(absl::Milliseconds(100), kPeriod), 6);
  EXPECT_EQ(NearestFrames(absl::Milliseconds(108), kPeriod), 6);
  EXPECT_EQ(NearestFrames(absl::Milliseconds(109), kPeriod), 7);
  EXPECT_EQ(NearestFrames(absl::Milliseconds(8), kPeriod), 0);
  EXPECT_EQ(NearestFrames(absl::Milliseconds(9), kPeriod), 1);
  EXPECT_EQ(NearestFrames(absl::Nanoseconds(15), 10), 2);
}

TEST(NearestFramesTest, ExtremesSaturate) {
  EXPECT_EQ(NearestFrames(-absl::Seconds(1), kPeriod), 0);
  EXPECT_EQ(NearestFrames(absl::InfiniteDuration(), kPeriod), std::numeric_limits<int>::max());
}

TEST(RefreshGridTest, ErrorsDoNotAddUp) {
  const RefreshGrid grid(1000, 60);
  EXPECT_EQ(grid.TimeOf(0), 1000);
  EXPECT_EQ(grid.TimeOf(60LL * 3600 * 24), 1000 + 24LL * 3600 * 1'000'000'000);
}

TEST(RefreshGridTest, InstantOnTheGridBelongsToItsOwnRefresh) {
  const RefreshGrid grid(123'456'789, 59.94);
  for (int64_t n = 0; n < 100'000; n += 37) {
    EXPECT_EQ(grid.IndexAt(grid.TimeOf(n)), n);
    EXPECT_EQ(grid.IndexAt(grid.TimeOf(n) - 1), n - 1);
    EXPECT_EQ(grid.IndexAt(grid.TimeOf(n + 1) - 1), n);
  }
}

// Swaps that follow each other by `period` give or take `jitter`.
std::vector<int64_t> Swaps(double period, double jitter) {
  Rng rng(1);
  std::vector<int64_t> stamps;
  for (int i = 0; i <= 60; ++i) {
    stamps.push_back(static_cast<int64_t>(i * period + jitter * rng.Uniform(-0.5, 0.5)));
  }
  return stamps;
}

TEST(EstimateRefreshTest, FindsTheRateOfAMonitor) {
  const RefreshEstimate estimate = EstimateRefresh(Swaps(1e9 / 59.94, 400e3), 60);
  EXPECT_TRUE(estimate.blocks_to_vsync);
  EXPECT_NEAR(estimate.hz, 59.94, 0.2);
}

TEST(EstimateRefreshTest, OutliersDoNotMoveTheRate) {
  std::vector<int64_t> stamps = Swaps(1e9 / 120, 100e3);
  for (size_t i = 30; i < stamps.size(); ++i) stamps[i] += 200'000'000;
  const RefreshEstimate estimate = EstimateRefresh(stamps, 120);
  EXPECT_TRUE(estimate.blocks_to_vsync);
  EXPECT_NEAR(estimate.hz, 120, 1);
}

TEST(EstimateRefreshTest, HalfRateIsStillVsync) {
  EXPECT_TRUE(EstimateRefresh(Swaps(2e9 / 60, 100e3), 60).blocks_to_vsync);
}

TEST(EstimateRefreshTest, SwapsThatReturnAtOnceAreNotVsync) {
  EXPECT_FALSE(EstimateRefresh(Swaps(0.4e6, 0), 60).blocks_to_vsync);
  EXPECT_FALSE(EstimateRefresh(Swaps(1e9 / 430, 100e3), 60).blocks_to_vsync);
}

TEST(EstimateRefreshTest, UnsteadySwapsAreNotVsync) {
  EXPECT_FALSE(EstimateRefresh(Swaps(1e9 / 60, 20e6), 60).blocks_to_vsync);
}

TEST(EstimateRefreshTest, DriverWithoutAMonitorIsNotVsync) {
  EXPECT_FALSE(EstimateRefresh(Swaps(1e9 / 60, 0), 0).blocks_to_vsync);
}

TEST(EstimateRefreshTest, TooFewStampsSayNothing) {
  EXPECT_FALSE(EstimateRefresh({}, 60).blocks_to_vsync);
  EXPECT_EQ(EstimateRefresh({5}, 60).hz, 0);
}

}  // namespace
}  // namespace evoke
