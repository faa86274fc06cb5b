#include "server/optimizer/tensor_train/tensor_grid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace evoke {
namespace {

using ::testing::ElementsAre;

LatentSpace Mixed() {
  LatentSpace space;
  space.dimensions = {LatentDimension::Continuous(-4, 4, LatentDimension::Prior::kStandardNormal),
                      LatentDimension::Categorical(1), LatentDimension::Categorical(37),
                      LatentDimension::Continuous(2, 2, LatentDimension::Prior::kUniform)};
  return space;
}

TEST(TensorGridTest, ModesAreDimensionsOrTheirBinaryDigits) {
  EXPECT_THAT(TensorGrid(Mixed(), 64, /*quantized=*/false).mode_sizes(), ElementsAre(64, 37));
  EXPECT_THAT(TensorGrid(Mixed(), 64, /*quantized=*/true).mode_sizes(),
              ElementsAre(2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2));
  LatentSpace point;
  point.dimensions = {LatentDimension::Categorical(1)};
  EXPECT_TRUE(TensorGrid(point, 64, true).mode_sizes().empty());
}

TEST(TensorGridTest, TheLeadingDigitHalvesTheRange) {
  LatentSpace space;
  space.dimensions = {LatentDimension::Continuous(-4, 4, LatentDimension::Prior::kUniform)};
  const TensorGrid grid(space, 64, true);
  EXPECT_EQ(grid.Decode({0, 0, 0, 0, 0, 0}), LatentPoint{-4});
  EXPECT_NEAR(grid.Decode({0, 1, 1, 1, 1, 1})[0], -4 + 8 * 31 / 63.0, 1e-12);
  EXPECT_NEAR(grid.Decode({1, 0, 0, 0, 0, 0})[0], -4 + 8 * 32 / 63.0, 1e-12);
  EXPECT_EQ(grid.Decode({1, 1, 1, 1, 1, 1}), LatentPoint{4});
}

TEST(TensorGridTest, EveryLevelHasOneOrTwoNumbers) {
  LatentSpace space;
  space.dimensions = {LatentDimension::Categorical(37)};
  const TensorGrid grid(space, 64, true);
  std::map<double, int> numbers;
  double last = 0;
  for (int number = 0; number < 64; ++number) {
    ModeIndex index;
    for (int digit = 5; digit >= 0; --digit) index.push_back(number >> digit & 1);
    const double level = grid.Decode(index)[0];
    EXPECT_GE(level, last) << "out of order";
    last = level;
    ++numbers[level];
  }
  EXPECT_EQ(numbers.size(), 37u);
  for (const auto& [level, count] : numbers) EXPECT_LE(count, 2) << level;
}

TEST(TensorGridTest, EncodeFindsTheNearestGridPoint) {
  for (const bool quantized : {false, true}) {
    const TensorGrid grid(Mixed(), 50, quantized);
    for (int level = 0; level < 37; ++level) {
      const double value = -4 + 8 * level / 49.0;
      const LatentPoint on_grid = {value, 0, static_cast<double>(level), 2};
      const LatentPoint near = {value + 0.07, 0, static_cast<double>(level), 2};
      const LatentPoint found = grid.Decode(grid.Encode(near));
      EXPECT_NEAR(found[0], value, 1e-12);
      EXPECT_EQ(found[2], level);
      EXPECT_EQ(grid.Encode(on_grid), grid.Encode(near));
      EXPECT_TRUE(Mixed().Contains(found).ok());
    }
  }
}

}  // namespace
}  // namespace evoke
