#include "server/optimizer/quasi_random_search.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace evoke {
namespace {

using Prior = LatentDimension::Prior;

double NormalShare(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

std::vector<LatentPoint> Draw(const LatentSpace& space, int count) {
  QuasiRandomSearch search({.batch_size = count}, space, 1);
  return *search.Ask();
}

TEST(PriorQuantileTest, InvertsTheTruncatedNormalDistribution) {
  for (const auto& [low, high] : {std::pair{-4.0, 4.0}, {-1.0, 0.5}, {0.5, 6.0}, {-9.0, -7.0}}) {
    const auto d = LatentDimension::Continuous(low, high, Prior::kStandardNormal);
    double last = low;
    for (int i = 1; i < 1000; ++i) {
      const double x = PriorQuantile(d, i / 1000.0);
      EXPECT_GE(x, last);
      last = x;
      const double share =
          (NormalShare(x) - NormalShare(low)) / (NormalShare(high) - NormalShare(low));
      EXPECT_NEAR(share, i / 1000.0, 1e-9) << low << " " << high;
    }
  }
}

TEST(PriorQuantileTest, StaysInsideBoundsFarOutInTheTail) {
  for (const auto& [low, high] : {std::pair{40.0, 41.0}, {-41.0, -40.0}, {8.0, 9.0}, {3.0, 3.0}}) {
    const auto d = LatentDimension::Continuous(low, high, Prior::kStandardNormal);
    double last = low;
    for (double share : {1e-10, 0.3, 0.6, 1 - 1e-10}) {
      const double x = PriorQuantile(d, share);
      EXPECT_GE(x, last) << share;
      EXPECT_LE(x, high) << share;
      last = x;
    }
    EXPECT_TRUE(last > low || low == high);
  }
}

TEST(QuasiRandomSearchTest, FillsThePriorEvenly) {
  LatentSpace space;
  space.dimensions = {LatentDimension::Continuous(-4, 4, Prior::kStandardNormal),
                      LatentDimension::Continuous(2, 6, Prior::kUniform),
                      LatentDimension::Categorical(4)};
  double inside = 0, lower = 0;
  std::vector<int> codes(4, 0);
  for (const LatentPoint& p : Draw(space, 1024)) {
    inside += std::abs(p[0]) < 1;
    lower += p[1] < 4;
    ++codes[static_cast<int>(p[2])];
  }
  // Random draws would be off by 15 or so.
  EXPECT_NEAR(inside, 0.6827 * 1024, 3);
  EXPECT_EQ(lower, 512);
  for (int count : codes) EXPECT_EQ(count, 256);
}

TEST(QuasiRandomSearchTest, WorksIn4096Dimensions) {
  LatentSpace space;
  space.dimensions.assign(4096, LatentDimension::Continuous(-4, 4, Prior::kStandardNormal));
  const auto points = Draw(space, 64);
  double squares = 0;
  for (const LatentPoint& p : points) {
    ASSERT_TRUE(space.Contains(p).ok());
    for (double v : p) squares += v * v / (64 * 4096);
  }
  EXPECT_NEAR(squares, 1, 0.02);
  for (int d = 0; d < 4096; ++d) {
    int positive = 0;
    for (const LatentPoint& p : points) positive += p[d] > 0;
    EXPECT_EQ(positive, 32) << d;
  }
}

TEST(QuasiRandomSearchTest, UsesUpASmallSpace) {
  LatentSpace space;
  space.dimensions = {LatentDimension::Categorical(5), LatentDimension::Categorical(7)};
  QuasiRandomSearch search({.batch_size = 8}, space, 1);
  std::set<LatentPoint> seen;
  for (auto batch = search.Ask(); batch.ok(); batch = search.Ask()) {
    for (const LatentPoint& p : *batch) EXPECT_TRUE(seen.insert(p).second);
    ASSERT_TRUE(
        search.Tell(std::vector<Observation>(batch->size(), {.score = 1, .trials = 1})).ok());
  }
  EXPECT_EQ(seen.size(), 35u);
}

}  // namespace
}  // namespace evoke
