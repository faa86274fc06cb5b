#include "sim_backend/analysis/selectivity.h"

#include <cmath>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

TEST(SparsenessTest, IsOneForOneImageAndZeroForAllAlike) {
  EXPECT_DOUBLE_EQ(*LifetimeSparseness({0, 0, 7, 0}), 1);
  EXPECT_DOUBLE_EQ(*LifetimeSparseness({5, 5, 5}), 0);
  EXPECT_DOUBLE_EQ(*ActivityFraction({0, 0, 7, 0}), 0.25);
  EXPECT_DOUBLE_EQ(*ActivityFraction({5, 5, 5}), 1);
}

TEST(SparsenessTest, FollowsTheFormulas) {
  // mean 2, mean square 14/3: a = 4 / (14/3) = 6/7; S = (1/7) / (2/3) = 3/14.
  EXPECT_DOUBLE_EQ(*ActivityFraction({1, 2, 3}), 6.0 / 7);
  EXPECT_DOUBLE_EQ(*LifetimeSparseness({1, 2, 3}), 3.0 / 14);
  // Of exponentially distributed responses, a is 1/2 (Rolls & Tovee 1995).
  std::vector<float> exponential;
  for (int i = 0; i < 100000; ++i) {
    exponential.push_back(static_cast<float>(-std::log((i + 0.5) / 100000)));
  }
  EXPECT_NEAR(*ActivityFraction(exponential), 0.5, 1e-3);
}

TEST(SparsenessTest, DoesNotDependOnTheScale) {
  EXPECT_NEAR(*LifetimeSparseness({1, 2, 3}), *LifetimeSparseness({100, 200, 300}), 1e-12);
}

TEST(SparsenessTest, ASilentUnitHasNone) {
  EXPECT_FALSE(LifetimeSparseness({0, 0, 0}).has_value());
  EXPECT_FALSE(ActivityFraction({}).has_value());
  EXPECT_FALSE(LifetimeSparseness({3}).has_value()) << "of one image nothing can be told";
}

TEST(EntropyTest, OfEqualAndCertainClasses) {
  EXPECT_DOUBLE_EQ(EntropyBits({0.25, 0.25, 0.25, 0.25}), 2);
  EXPECT_DOUBLE_EQ(EntropyBits({0, 1, 0}), 0);
  EXPECT_DOUBLE_EQ(RelativePerplexity({0.25, 0.25, 0.25, 0.25}), 1);
  EXPECT_DOUBLE_EQ(RelativePerplexity({0, 1, 0, 0}), 0.25);
  EXPECT_DOUBLE_EQ(RelativePerplexity({0.5, 0.5, 0, 0}), 0.5);
}

TEST(EntropyTest, OfThreeUnequalClasses) {
  // H = 1/2 * 1 + 1/4 * 2 * 2 = 1.5 bits.
  EXPECT_DOUBLE_EQ(EntropyBits({0.5, 0.25, 0.25}), 1.5);
  EXPECT_DOUBLE_EQ(RelativePerplexity({0.5, 0.25, 0.25}), std::exp2(1.5) / 3);
}

TEST(SoftmaxTest, SumsToOneAlsoOfLargeValues) {
  EXPECT_THAT(Softmax({0, std::log(3.0)}),
              ElementsAre(DoubleNear(0.25, 1e-12), DoubleNear(0.75, 1e-12)));
  EXPECT_THAT(Softmax({1e6, 1e6}), ElementsAre(0.5, 0.5));
  EXPECT_THAT(Softmax({}), ElementsAre());
}

TEST(ClassTuningTest, SharesOfTheMeansNotOfTheSums) {
  // Class 0: mean 2 of three images; class 1: mean 6 of one; class 2 was not shown.
  EXPECT_THAT(*ClassTuning({1, 2, 3, 6}, {0, 0, 0, 1}, 3), ElementsAre(0.25, 0.75, 0));
  EXPECT_FALSE(ClassTuning({0, 0}, {0, 1}, 2).has_value());
}

TEST(TopImagesTest, HighestFirstAndEqualOnesInOrder) {
  EXPECT_THAT(TopImages({3, 9, 3, 10, 9}, 4), ElementsAre(3, 1, 4, 0));
  EXPECT_THAT(TopImages({1, 2}, 10), ElementsAre(1, 0));
}

}  // namespace
}  // namespace evoke
