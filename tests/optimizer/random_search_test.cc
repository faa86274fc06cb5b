#include "server/optimizer/random_search.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace evoke {
namespace {

TEST(RandomSearchTest, UsesUpASmallSpaceInBatches) {
  LatentSpace space;
  space.dimensions = {LatentDimension::Categorical(5), LatentDimension::Categorical(7)};
  RandomSearch search({.batch_size = 8}, space, 1);
  std::set<LatentPoint> seen;
  std::vector<size_t> sizes;
  for (auto batch = search.Ask(); batch.ok(); batch = search.Ask()) {
    sizes.push_back(batch->size());
    seen.insert(batch->begin(), batch->end());
    ASSERT_TRUE(
        search.Tell(std::vector<Observation>(batch->size(), {.score = 1, .trials = 1})).ok());
  }
  EXPECT_EQ(sizes, (std::vector<size_t>{8, 8, 8, 8, 3}));
  EXPECT_EQ(seen.size(), 35u);
  EXPECT_TRUE(absl::IsResourceExhausted(search.Ask().status()));
}

TEST(RandomSearchTest, FindsFreshPointsWhereThePriorHasItsMassOnABound) {
  LatentSpace space;  // every draw of the normal is clipped to 40
  space.dimensions = {LatentDimension::Continuous(40, 41, LatentDimension::Prior::kStandardNormal)};
  RandomSearch search({.batch_size = 10}, space, 1);
  const auto batch = *search.Ask();
  EXPECT_EQ(std::set<LatentPoint>(batch.begin(), batch.end()).size(), 10u);
}

TEST(RandomSearchTest, DrawsFromThePrior) {
  LatentSpace space;
  space.dimensions = {LatentDimension::Continuous(-4, 4, LatentDimension::Prior::kStandardNormal),
                      LatentDimension::Categorical(2)};
  RandomSearch search({.batch_size = 2000}, space, 7);
  double inside = 0, ones = 0;
  const auto batch = search.Ask();
  for (const LatentPoint& p : *batch) {
    inside += std::abs(p[0]) < 1;
    ones += p[1];
  }
  EXPECT_NEAR(inside / 2000, 0.683, 0.04);
  EXPECT_NEAR(ones / 2000, 0.5, 0.04);
}

}  // namespace
}  // namespace evoke
