#include "common/figure/ticks.h"

#include <cmath>
#include <set>

#include "common/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::Pointwise;

TEST(NiceStepTest, IsTheSmallestOneTwoOrFiveThatIsEnough) {
  EXPECT_DOUBLE_EQ(NiceStep(0, 10, 5), 2);
  EXPECT_DOUBLE_EQ(NiceStep(0, 10, 10), 1);
  EXPECT_DOUBLE_EQ(NiceStep(0, 10, 9), 2);
  EXPECT_DOUBLE_EQ(NiceStep(0, 41, 6), 10);
  EXPECT_DOUBLE_EQ(NiceStep(-0.03, 0.02, 5), 0.01);
  EXPECT_DOUBLE_EQ(NiceStep(0, 3, 10, /*whole=*/true), 1);
  EXPECT_DOUBLE_EQ(NiceStep(0, 0.3, 3), 0.1);
}

TEST(NiceStepTest, MantissaIsNiceForAnyRange) {
  Rng rng(1);
  for (int i = 0; i < 2000; ++i) {
    const double low = rng.Uniform(-1, 1) * std::pow(10.0, rng.Uniform(-6, 6));
    const double high = low + std::pow(10.0, rng.Uniform(-6, 6));
    const int intervals = 1 + rng.Index(12);
    const double step = NiceStep(low, high, intervals);
    const double mantissa = step / std::pow(10.0, std::floor(std::log10(step) + 1e-9));
    EXPECT_TRUE(std::abs(mantissa - 1) < 1e-9 || std::abs(mantissa - 2) < 1e-9 ||
                std::abs(mantissa - 5) < 1e-9)
        << step;
    EXPECT_LE((high - low) / step, intervals * (1 + 1e-6));
    EXPECT_GT((high - low) / step, intervals / 2.5 * (1 - 1e-6)) << "a smaller step would do";
  }
}

TEST(TicksWithinTest, RoundingNeitherLosesNorAddsOne) {
  EXPECT_THAT(TicksWithin(0, 0.3, 0.1), Pointwise(DoubleEq(), {0.0, 0.1, 0.2, 3 * 0.1}));
  EXPECT_THAT(TicksWithin(-0.99, 2.01, 1), ElementsAre(0, 1, 2));
  EXPECT_FALSE(std::signbit(TicksWithin(-0.5, 1, 1)[0])) << "-0 would be labelled as such";
}

TEST(TickLabelTest, HasTheDecimalsOfTheStep) {
  EXPECT_EQ(TickLabel(0.25, 0.05), "0.25");
  EXPECT_EQ(TickLabel(0.5, 0.5), "0.5");
  EXPECT_EQ(TickLabel(40, 20), "40");
  EXPECT_EQ(TickLabel(-3, 1), "-3");
  EXPECT_EQ(TickLabel(1e-20, 0.1), "0");
  EXPECT_EQ(TickLabel(2e9, 1e9), "2e+09");
  EXPECT_EQ(TickLabel(3e-9, 1e-9), "3e-09");
}

TEST(TickLabelTest, NeighboursAlwaysDiffer) {
  for (const double start : {0.0, 1e7, 123456789.0, -5e11}) {
    for (const double step : {1.0, 0.2, 5e3}) {
      std::set<std::string> labels;
      for (int k = 0; k < 6; ++k) labels.insert(TickLabel(start + k * step, step));
      EXPECT_EQ(labels.size(), 6u) << start << " " << step;
    }
  }
}

TEST(FitAxisTest, EndsOnTicksAndHoldsTheData) {
  const Axis axis = FitAxis(3.2, 46.1, {.max_intervals = 6, .end_on_ticks = true});
  EXPECT_DOUBLE_EQ(axis.min, 0);
  EXPECT_DOUBLE_EQ(axis.max, 50);
  EXPECT_THAT(axis.ticks, ElementsAre(0, 10, 20, 30, 40, 50));
}

TEST(FitAxisTest, CountsStayAboveZeroWherePaddingStopsThere) {
  EXPECT_DOUBLE_EQ(FitAxis(0, 10, {.end_on_ticks = true, .padding = 0.1, .stop_at_zero = true}).min,
                   0);
  EXPECT_DOUBLE_EQ(
      FitAxis(-10, 0, {.end_on_ticks = true, .padding = 0.1, .stop_at_zero = true}).max, 0);
  EXPECT_LT(FitAxis(0, 10, {.padding = 0.1}).min, 0);
}

TEST(FitAxisTest, OneValueGetsARange) {
  for (const double value : {0.0, 5.0, -1e-8, 1e90}) {
    const Axis axis = FitAxis(value, value, {.end_on_ticks = true});
    EXPECT_LT(axis.min, value);
    EXPECT_GT(axis.max, value);
    EXPECT_GE(axis.ticks.size(), 2u);
    EXPECT_LE(axis.ticks.size(), 10u);
  }
}

}  // namespace
}  // namespace evoke
