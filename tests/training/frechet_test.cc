#include "sim_backend/training/frechet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "common/random.h"

namespace evoke {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

FeatureStatistics Normal(std::vector<double> mean, std::vector<double> covariance) {
  FeatureStatistics statistics;
  statistics.count = 100;
  statistics.mean = std::move(mean);
  statistics.covariance = std::move(covariance);
  return statistics;
}

TEST(FrechetTest, SummaryIsMeanAndCovariance) {
  const auto statistics = SummarizeFeatures({1, 2, 3, 6, 5, 4}, 2);
  ASSERT_TRUE(statistics.ok());
  EXPECT_EQ(statistics->count, 3);
  EXPECT_THAT(statistics->mean, ElementsAre(3, 4));
  EXPECT_THAT(statistics->covariance, ElementsAre(4, 2, 2, 4));
}

TEST(FrechetTest, EqualStatisticsAreNotApart) {
  Rng rng(1);
  std::vector<float> features(200 * 16);
  for (float& value : features) value = static_cast<float>(rng.Normal());
  const FeatureStatistics statistics = SummarizeFeatures(features, 16).value();
  EXPECT_NEAR(FrechetDistance(statistics, statistics).value(), 0, 1e-9);
}

TEST(FrechetTest, OfOneDimensionIsThatOfMeansAndDeviations) {
  // (m1 - m2)^2 + (s1 - s2)^2
  EXPECT_NEAR(FrechetDistance(Normal({1}, {4}), Normal({3}, {25})).value(), 4 + 9, 1e-12);
}

TEST(FrechetTest, CovariancesThatDoNotCommute) {
  // trace((C1 C2)^(1/2)) of a 2 x 2 product is sqrt(trace(C1 C2) + 2 sqrt(det(C1 C2))).
  const FeatureStatistics a = Normal({0, 0}, {4, 1, 1, 2});
  const FeatureStatistics b = Normal({1, 2}, {1, -0.5, -0.5, 3});
  const double trace = (4 * 1 + 1 * -0.5) + (1 * -0.5 + 2 * 3);
  const double determinant = (4 * 2 - 1) * (1 * 3 - 0.25);
  const double expected = 5 + (6 + 4) - 2 * std::sqrt(trace + 2 * std::sqrt(determinant));
  EXPECT_NEAR(FrechetDistance(a, b).value(), expected, 1e-12);
  EXPECT_NEAR(FrechetDistance(b, a).value(), expected, 1e-12);
}

TEST(FrechetTest, SingularCovariancesAreFine) {
  // Fewer vectors than dimensions, as with few images and many features.
  Rng rng(2);
  std::vector<float> few(3 * 8);
  for (float& value : few) value = static_cast<float>(rng.Normal());
  const FeatureStatistics statistics = SummarizeFeatures(few, 8).value();
  const FeatureStatistics none = Normal(statistics.mean, std::vector<double>(64, 0));
  double trace = 0;
  for (int i = 0; i < 8; ++i) trace += statistics.covariance[9 * i];
  EXPECT_NEAR(FrechetDistance(statistics, none).value(), trace, 1e-9);
  EXPECT_NEAR(FrechetDistance(statistics, statistics).value(), 0, 1e-6);
}

TEST(FrechetTest, BadInputIsRefused) {
  EXPECT_THAT(std::string(SummarizeFeatures({1, 2, 3}, 2).status().message()),
              HasSubstr("3 numbers"));
  EXPECT_EQ(SummarizeFeatures({1, 2}, 2).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(SummarizeFeatures({}, 0).ok());
  EXPECT_FALSE(SummarizeFeatures({1, std::numeric_limits<float>::quiet_NaN()}, 1).ok());
  EXPECT_THAT(
      std::string(
          FrechetDistance(Normal({1}, {1}), Normal({1, 1}, {1, 0, 0, 1})).status().message()),
      HasSubstr("of 1 and of 2"));
}

}  // namespace
}  // namespace evoke
