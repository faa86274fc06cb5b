#include "server/experiment/block.h"

#include <algorithm>
#include <map>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

std::vector<std::string> Copies(const std::map<std::string, int>& counts) {
  std::vector<std::string> items;
  for (const auto& [item, n] : counts) items.insert(items.end(), n, item);
  return items;
}

TEST(ShuffleBlockTest, KeepsEveryItem) {
  const std::vector<std::string> items = Copies({{"a", 3}, {"b", 2}, {"blank", 1}});
  Rng rng(1);
  EXPECT_THAT(ShuffleBlock(items, "", rng), testing::UnorderedElementsAreArray(items));
}

TEST(ShuffleBlockTest, NeverShowsAStimulusTwiceInARowWherePossible) {
  for (uint64_t seed = 0; seed < 500; ++seed) {
    Rng rng(seed);
    // "a" fills half of the block and was shown last: only one arrangement of the "a"s is left.
    const std::vector<std::string> order =
        ShuffleBlock(Copies({{"a", 4}, {"b", 2}, {"c", 2}}), "a", rng);
    EXPECT_NE(order.front(), "a") << "seed " << seed;
    EXPECT_EQ(std::adjacent_find(order.begin(), order.end()), order.end()) << "seed " << seed;
  }
}

TEST(ShuffleBlockTest, OneItemAloneIsShownEvenIfItWasLast) {
  Rng rng(1);
  EXPECT_THAT(ShuffleBlock({"a"}, "a", rng), testing::ElementsAre("a"));
}

TEST(ShuffleBlockTest, OrderDependsOnTheSeed) {
  const std::vector<std::string> items = Copies({{"a", 2}, {"b", 2}, {"c", 2}, {"d", 2}, {"e", 2}});
  Rng one(1), two(2), again(1);
  const auto first = ShuffleBlock(items, "", one);
  EXPECT_NE(first, ShuffleBlock(items, "", two));
  EXPECT_EQ(first, ShuffleBlock(items, "", again));
}

TEST(ShuffleBlockTest, EveryItemCanComeFirst) {
  std::map<std::string, int> first;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    Rng rng(seed);
    ++first[ShuffleBlock({"a", "b", "c", "d"}, "", rng).front()];
  }
  for (const auto& [item, n] : first) EXPECT_NEAR(n, 100, 45) << item;
  EXPECT_EQ(first.size(), 4);
}

}  // namespace
}  // namespace evoke
