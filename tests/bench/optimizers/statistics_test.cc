#include "tests/bench/optimizers/statistics.h"

#include <cmath>
#include <limits>

#include "common/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(StatisticsTest, QuantilesLieBetweenTheValues) {
  EXPECT_DOUBLE_EQ(Quantile({4, 1, 3, 2}, 0), 1);
  EXPECT_DOUBLE_EQ(Quantile({4, 1, 3, 2}, 1), 4);
  EXPECT_DOUBLE_EQ(Quantile({4, 1, 3, 2}, 0.5), 2.5);
  EXPECT_DOUBLE_EQ(Quantile({0, 10}, 0.25), 2.5);
  EXPECT_DOUBLE_EQ(Quantile({7}, 0.3), 7);
}

TEST(StatisticsTest, AMedianOfRunsThatNeverArriveIsInfinite) {
  EXPECT_EQ(Median({100, kInfinity, kInfinity}), kInfinity);
  EXPECT_EQ(Median({kInfinity, kInfinity}), kInfinity);
  EXPECT_DOUBLE_EQ(Median({100, 300, kInfinity}), 300);
  EXPECT_EQ(Median({100, kInfinity}), kInfinity);
}

TEST(StatisticsTest, MedianAndWorstAreOverAllRuns) {
  const UnitScores scores = {{1, 2}, {9, 8, 7}};
  EXPECT_DOUBLE_EQ(Median(scores), 7);
  EXPECT_DOUBLE_EQ(Worst(scores), 1);
}

TEST(StatisticsTest, TheIntervalHoldsTheTruthAboutAsOftenAsItSays) {
  Rng rng(1);
  int held = 0;
  constexpr int kTrials = 200;
  for (int t = 0; t < kTrials; ++t) {
    UnitScores scores(10);
    for (auto& unit : scores) {
      const double of_unit = rng.Normal();
      for (int seed = 0; seed < 5; ++seed) unit.push_back(of_unit + 0.3 * rng.Normal());
    }
    const Interval sure = BootstrapMedian(scores);
    held += sure.low <= 0 && sure.high >= 0;
  }
  EXPECT_GE(held, kTrials * 85 / 100);  // ten units are few
  EXPECT_LE(held, kTrials - 1);
}

TEST(StatisticsTest, UnitsThatDifferMakeTheIntervalWideThoughTheirRunsAgree) {
  const UnitScores apart = {{0, 0, 0, 0, 0}, {1, 1, 1, 1, 1}, {2, 2, 2, 2, 2}};
  const Interval sure = BootstrapMedian(apart);
  EXPECT_EQ(sure.low, 0);
  EXPECT_EQ(sure.high, 2);
}

TEST(StatisticsTest, ADifferenceOnTheSameUnitsIsSurerThanTheUnits) {
  const UnitScores a = {{1, 1}, {5, 5}, {9, 9}}, b = {{0, 0}, {4, 4}, {8, 8}};
  const Interval sure = BootstrapMedianDifference(a, b);
  EXPECT_DOUBLE_EQ(sure.low, 1);
  EXPECT_DOUBLE_EQ(sure.high, 1);
}

TEST(StatisticsTest, TheSameScoresGiveTheSameInterval) {
  const UnitScores scores = {{1, 2, 3}, {4, 5, 6}, {2, 9, 4}};
  EXPECT_EQ(BootstrapMedian(scores).low, BootstrapMedian(scores).low);
  EXPECT_EQ(BootstrapMedian(scores).high, BootstrapMedian(scores).high);
}

TEST(StatisticsTest, AThresholdIsReachedAtTheFirstBudgetThatHasIt) {
  EXPECT_EQ(FirstBudgetAt({20, 40, 60}, {0.1, 0.5, 0.3}, 0.3), 40);
  EXPECT_EQ(FirstBudgetAt({20, 40, 60}, {0.1, 0.5, 0.3}, 0.5), 40);
  EXPECT_EQ(FirstBudgetAt({20, 40, 60}, {0.1, 0.5, 0.3}, 0.6), std::nullopt);
}

}  // namespace
}  // namespace evoke
