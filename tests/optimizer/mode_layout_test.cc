#include "server/optimizer/mode_layout.h"

#include <gtest/gtest.h>

#include <set>

namespace evoke {
namespace {

LatentSpace CodeMap(int rows, int cols, int levels) {
  LatentSpace space;
  space.dimensions.assign(rows * cols, LatentDimension::Categorical(levels));
  space.map_rows = rows;
  space.map_cols = cols;
  return space;
}

std::set<LatentPoint> AllPoints(const ModeLayout& layout) {
  std::set<LatentPoint> points;
  ModeIndex index(layout.size(), 0);
  while (true) {
    points.insert(layout.Decode(index));
    int m = 0;
    while (m < layout.size() && ++index[m] == layout.mode_size(m)) index[m++] = 0;
    if (m == layout.size()) return points;
  }
}

TEST(ModeLayoutTest, DigitsReachEveryLevelWhateverTheBase) {
  for (int levels : {1, 2, 5, 27, 32, 37}) {
    for (int digit_base : {2, 3, 10}) {
      LatentSpace space;
      space.dimensions = {LatentDimension::Categorical(levels)};
      for (int base : {0, levels / 2, levels - 1}) {
        const LatentPoint start = {static_cast<double>(base)};
        const ModeLayout layout(space, {.digit_base = digit_base}, {0}, start);
        EXPECT_EQ(layout.Decode(ModeIndex(layout.size(), 0)), start);
        EXPECT_EQ(static_cast<int>(AllPoints(layout).size()), levels);
      }
    }
  }
}

TEST(ModeLayoutTest, PlainModesHaveOneModePerDimension) {
  LatentSpace space;
  space.dimensions = {LatentDimension::Categorical(5), LatentDimension::Categorical(1),
                      LatentDimension::Continuous(-1, 1, LatentDimension::Prior::kUniform)};
  const ModeLayout layout(space, {.quantized = false, .grid_size = 9}, {0, 1, 2}, {3, 0, 0.26});
  ASSERT_EQ(layout.size(), 2);
  EXPECT_EQ(layout.mode_size(0), 5);
  EXPECT_EQ(layout.mode_size(1), 9);
  EXPECT_EQ(layout.Decode({0, 0}), LatentPoint({3, 0, 0.25}));
  EXPECT_EQ(layout.Decode({3, 3}), LatentPoint({1, 0, 1}));
  EXPECT_EQ(layout.Decode({0, 4}), LatentPoint({3, 0, -1}));
}

TEST(ModeLayoutTest, CoarsestDigitComesFirst) {
  LatentSpace space;
  space.dimensions = {LatentDimension::Categorical(512)};
  const ModeLayout layout(space, {.digit_base = 2}, {0}, {0});
  ASSERT_EQ(layout.size(), 9);
  for (int m = 0; m < 9; ++m) {
    ModeIndex index(9, 0);
    index[m] = 1;
    EXPECT_EQ(layout.Decode(index)[0], 256 >> m);
    EXPECT_EQ(layout.mode_depth(m), m);
  }
}

TEST(ModeLayoutTest, TileRepeatsAndBlockEnlarges) {
  const LatentSpace space = CodeMap(4, 4, 2);
  EXPECT_EQ(MapGroups(space, {MapStage::Shape::kTile, 2}),
            (std::vector<int>{0, 1, 0, 1, 2, 3, 2, 3, 0, 1, 0, 1, 2, 3, 2, 3}));
  EXPECT_EQ(MapGroups(space, {MapStage::Shape::kBlock, 2}),
            (std::vector<int>{0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3}));
  EXPECT_EQ(MapGroups(space, {MapStage::Shape::kTile, 1}), std::vector<int>(16, 0));
  for (const auto shape : {MapStage::Shape::kTile, MapStage::Shape::kBlock}) {
    const std::vector<int> alone = MapGroups(CodeMap(3, 5, 2), {shape, 64});
    EXPECT_EQ(std::set<int>(alone.begin(), alone.end()).size(), 15u);
  }
}

TEST(ModeLayoutTest, GroupedStageStartsFromAPointThatItCannotExpress) {
  const LatentSpace space = CodeMap(2, 2, 4);
  const LatentPoint base = {0, 1, 2, 3};
  const ModeLayout layout(space, {.digit_base = 2}, MapGroups(space, {MapStage::Shape::kTile, 1}),
                          base);
  ASSERT_EQ(layout.size(), 2);
  EXPECT_EQ(layout.Decode({0, 0}), base);
  EXPECT_EQ(layout.Decode({1, 0}), LatentPoint({2, 3, 0, 1}));
  EXPECT_EQ(layout.Decode({0, 1}), LatentPoint({1, 0, 3, 2}));
}

}  // namespace
}  // namespace evoke
