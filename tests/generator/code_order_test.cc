#include "server/generator/code_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "common/random.h"

namespace evoke {
namespace {

using ::testing::ElementsAre;

TEST(CodeOrderTest, CodesOnALineComeOutInLine) {
  // Along (2, 1): 3, 0, 2, 1 in this order.
  const std::vector<float> codes = {6, 3, 0, 0, 4, 2, 2, 1};
  std::vector<int> order = BisectionOrder(codes, 4);
  if (order.front() == 0) std::reverse(order.begin(), order.end());  // the line has no direction
  EXPECT_THAT(order, ElementsAre(1, 3, 2, 0));
}

TEST(CodeOrderTest, FirstBitSeparatesTwoClusters) {
  std::vector<float> codes;
  Rng rng(3);
  for (int i = 0; i < 64; ++i) {
    codes.push_back(static_cast<float>((i % 2 == 0 ? 10 : -10) + rng.Normal()));
    codes.push_back(static_cast<float>(rng.Normal()));
  }
  const std::vector<int> order = BisectionOrder(codes, 64);
  for (int i = 0; i < 32; ++i) EXPECT_EQ(order[i] % 2, order[0] % 2);
  for (int i = 32; i < 64; ++i) EXPECT_NE(order[i] % 2, order[0] % 2);
}

TEST(CodeOrderTest, IsAPermutationForAnyCountAndForEqualCodes) {
  for (int count : {1, 2, 3, 7, 13}) {
    std::vector<int> order = BisectionOrder(std::vector<float>(count * 3, 1.5f), count);
    std::sort(order.begin(), order.end());
    std::vector<int> all(count);
    std::iota(all.begin(), all.end(), 0);
    EXPECT_EQ(order, all);
  }
}

TEST(CodeOrderTest, NeighboursAreCloserThanInRandomOrder) {
  constexpr int kCount = 256;
  constexpr int kSize = 4;
  Rng rng(5);
  std::vector<float> codes(kCount * kSize);
  for (float& value : codes) value = static_cast<float>(rng.Normal());
  const auto length = [&codes](const std::vector<int>& order) {
    double sum = 0;
    for (int i = 1; i < kCount; ++i) {
      double square = 0;
      for (int k = 0; k < kSize; ++k) {
        const double d = codes[order[i] * kSize + k] - codes[order[i - 1] * kSize + k];
        square += d * d;
      }
      sum += std::sqrt(square);
    }
    return sum;
  };
  std::vector<int> shuffled(kCount);
  std::iota(shuffled.begin(), shuffled.end(), 0);
  EXPECT_LT(length(BisectionOrder(codes, kCount)), 0.6 * length(shuffled));
}

}  // namespace
}  // namespace evoke
