#include "clients/control/statistics.h"

#include <gtest/gtest.h>

namespace evoke {
namespace {

TEST(StatisticsTest, MeanAndErrorOfTheMean) {
  const MeanWithError m = MeanOf({2, 4, 4, 4, 5, 5, 7, 9});
  EXPECT_EQ(m.n, 8);
  EXPECT_DOUBLE_EQ(m.mean, 5);
  EXPECT_NEAR(m.standard_error, 0.75593, 1e-5);  // sqrt(32 / 7 / 8)
  EXPECT_EQ(MeanOf({3}).standard_error, 0);
  EXPECT_EQ(MeanOf({}).n, 0);
}

TEST(StatisticsTest, StudentAgreesWithPublishedQuantiles) {
  // Two-sided 5 % and 0.1 % points of Student's distribution.
  EXPECT_NEAR(StudentTwoSided(12.706205, 1), 0.05, 1e-7);
  EXPECT_NEAR(StudentTwoSided(2.228139, 10), 0.05, 1e-7);
  EXPECT_NEAR(StudentTwoSided(-2.042272, 30), 0.05, 1e-7);
  EXPECT_NEAR(StudentTwoSided(3.551, 38), 0.00104, 3e-5);
  EXPECT_NEAR(StudentTwoSided(1.959964, 1e7), 0.05, 1e-6);
  EXPECT_DOUBLE_EQ(StudentTwoSided(0, 5), 1);
}

TEST(StatisticsTest, OneDegreeOfFreedomIsCauchy) {
  // P(|T| > t) = 1 - 2 atan(t) / pi, also far out.
  EXPECT_NEAR(StudentTwoSided(1, 1), 0.5, 1e-12);
  EXPECT_NEAR(StudentTwoSided(1e6, 1) / 6.366197723675e-07, 1, 1e-9);
}

TEST(StatisticsTest, WelchComparesUnequalVariances) {
  // Worked by hand: means 3 and 6, variances of the means 0.5 and 4 / 3, 4 and 2 degrees.
  const auto test = CompareMeans(MeanOf({1, 2, 3, 4, 5}), MeanOf({4, 6, 8}));
  ASSERT_TRUE(test.has_value());
  EXPECT_DOUBLE_EQ(test->difference, 3);
  EXPECT_NEAR(test->standard_error, 1.354006, 1e-6);
  EXPECT_NEAR(test->t, 2.215647, 1e-6);
  EXPECT_NEAR(test->degrees_of_freedom, 3.532847, 1e-6);
  EXPECT_GT(test->p, 0.09);
  EXPECT_LT(test->p, 0.11);
}

TEST(StatisticsTest, NothingToCompareGivesNoTest) {
  EXPECT_FALSE(CompareMeans(MeanOf({1}), MeanOf({4, 6, 8})).has_value());
  EXPECT_FALSE(CompareMeans(MeanOf({2, 2}), MeanOf({5, 5})).has_value());
}

}  // namespace
}  // namespace evoke
