#include "server/optimizer/evolution/code_moves.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "tests/optimizer/evolution/drive.h"

namespace evoke {
namespace {

constexpr int kRepeats = 200;

// A map of 6 x 8 whose codes are all different: position i has code 10 i.
class CodeMovesTest : public ::testing::Test {
 protected:
  CodeMovesTest() : space_(CodeMap(6, 8, 512)), moves_(space_), rng_(1), parent_(48), other_(48) {
    for (int i = 0; i < 48; ++i) {
      parent_[i] = 10 * i;
      other_[i] = 10 * i + 5;
    }
  }

  std::set<int> Changed(const LatentPoint& child) const {
    std::set<int> positions;
    for (int i = 0; i < 48; ++i) {
      if (child[i] != parent_[i]) positions.insert(i);
    }
    return positions;
  }
  // Whether the positions fill a rectangle of the map.
  static bool IsRectangle(const std::set<int>& positions) {
    int top = 6, left = 8, bottom = -1, right = -1;
    for (int i : positions) {
      top = std::min(top, i / 8);
      bottom = std::max(bottom, i / 8);
      left = std::min(left, i % 8);
      right = std::max(right, i % 8);
    }
    return static_cast<int>(positions.size()) == (bottom - top + 1) * (right - left + 1);
  }

  const LatentSpace space_;
  const CodeMoves moves_;
  Rng rng_;
  LatentPoint parent_, other_;
};

TEST_F(CodeMovesTest, OpeningSpreadsConstantFieldsEvenlyOverTheCodeBook) {
  const std::vector<LatentPoint> opening = moves_.Opening(24, rng_);
  ASSERT_EQ(opening.size(), 24u);
  for (int k = 0; k < 12; ++k) {
    EXPECT_EQ(std::set<double>(opening[k].begin(), opening[k].end()).size(), 1u);
    if (k > 0) {
      EXPECT_NEAR(opening[k][0] - opening[k - 1][0], 512 / 12.0, 1);
    }
  }
  for (int k = 12; k < 23; ++k) {
    const size_t codes = std::set<double>(opening[k].begin(), opening[k].end()).size();
    EXPECT_GE(codes, 2u);
    EXPECT_LE(codes, 16u);
  }
  EXPECT_GT(std::set<double>(opening[23].begin(), opening[23].end()).size(), 30u);
}

TEST_F(CodeMovesTest, PointChangesGoFromOneToAThirdOfTheMap) {
  std::set<size_t> counts;
  for (int i = 0; i < kRepeats; ++i)
    counts.insert(Changed(moves_.ChangePoints(parent_, rng_)).size());
  EXPECT_EQ(*counts.begin(), 1u);
  EXPECT_GT(*counts.rbegin(), 12u);
  EXPECT_LT(*counts.rbegin(), 40u);
}

TEST_F(CodeMovesTest, ReplacedCodeChangesWhereverItStands) {
  std::fill(parent_.begin(), parent_.begin() + 20, 305.0);
  bool all = false;
  for (int i = 0; i < kRepeats; ++i) {
    const std::set<int> changed = Changed(moves_.ReplaceCode(parent_, rng_));
    EXPECT_TRUE(changed.empty() || changed.size() == 1 || changed.size() == 20) << changed.size();
    all = all || changed.size() == 20;
  }
  EXPECT_TRUE(all);
}

TEST_F(CodeMovesTest, CrossoverTakesEveryCodeFromOneParentInItsPlace) {
  for (int i = 0; i < kRepeats; ++i) {
    for (const bool mask : {true, false}) {
      const LatentPoint child = mask ? moves_.MixByMask(parent_, other_, rng_)
                                     : moves_.MixByRectangle(parent_, other_, rng_);
      for (int k = 0; k < 48; ++k) EXPECT_TRUE(child[k] == parent_[k] || child[k] == other_[k]);
      if (!mask) {
        EXPECT_TRUE(IsRectangle(Changed(child)));
      } else {
        EXPECT_NEAR(Changed(child).size(), 24, 20);
      }
    }
  }
}

TEST_F(CodeMovesTest, CopiedPatchKeepsItsShape) {
  std::set<double> offsets_seen;
  for (int i = 0; i < kRepeats; ++i) {
    const LatentPoint child = moves_.CopyPatch(parent_, rng_);
    const std::set<int> changed = Changed(child);
    if (changed.empty()) continue;  // copied onto itself
    EXPECT_TRUE(IsRectangle(changed));
    EXPECT_LE(changed.size(), 12u);
    std::set<double> offsets;
    for (int k : changed) offsets.insert(child[k] - parent_[k]);
    EXPECT_EQ(offsets.size(), 1u);
    offsets_seen.insert(*offsets.begin());
  }
  EXPECT_GT(offsets_seen.size(), 20u);
}

TEST_F(CodeMovesTest, TiledPatchRepeatsOverTheMap) {
  for (int i = 0; i < kRepeats; ++i) {
    const LatentPoint child = moves_.TilePatch(parent_, rng_);
    EXPECT_LE(std::set<double>(child.begin(), child.end()).size(), 12u);
    // It has a period of at most half the map's sides in both directions.
    const auto has_period = [&](int rows, int cols) {
      for (int k = 0; k < 48; ++k) {
        const int row = k / 8 + rows, col = k % 8 + cols;
        if (row < 6 && col < 8 && child[row * 8 + col] != child[k]) return false;
      }
      return true;
    };
    EXPECT_TRUE(has_period(1, 0) || has_period(2, 0) || has_period(3, 0));
    EXPECT_TRUE(has_period(0, 1) || has_period(0, 2) || has_period(0, 3) || has_period(0, 4));
  }
}

TEST_F(CodeMovesTest, RollShiftsTheMapByOneInAllFourDirections) {
  std::set<double> corner;
  for (int i = 0; i < kRepeats; ++i) {
    const LatentPoint child = moves_.Roll(parent_, rng_);
    EXPECT_TRUE(std::is_permutation(child.begin(), child.end(), parent_.begin()));
    corner.insert(child[0]);
  }
  EXPECT_EQ(corner, (std::set<double>{10, 80, 70, 400}));
}

TEST_F(CodeMovesTest, FilledRectangleHasOneCode) {
  for (int i = 0; i < kRepeats; ++i) {
    const LatentPoint child = moves_.FillRectangle(parent_, rng_);
    const std::set<int> changed = Changed(child);
    EXPECT_LE(changed.size(), 12u);
    std::set<double> codes;
    for (int k : changed) codes.insert(child[k]);
    EXPECT_LE(codes.size(), 1u);
  }
}

TEST_F(CodeMovesTest, NewCodesAreUniformNeighboursOrFromElsewhereInTheParent) {
  int neighbours = 0, own = 0, total = 0;
  for (int i = 0; i < 20 * kRepeats; ++i) {
    const LatentPoint child = moves_.ChangePoints(parent_, rng_);
    for (int k : Changed(child)) {
      ++total;
      own += std::count(parent_.begin(), parent_.end(), child[k]);
      neighbours += std::abs(child[k] - parent_[k]) <= 16;
    }
  }
  EXPECT_NEAR(static_cast<double>(own) / total, 1 / 3.0 + 0.1, 0.1);
  EXPECT_NEAR(static_cast<double>(neighbours) / total, 1 / 3.0 + 0.05, 0.07);
}

TEST(CodeMovesSpacesTest, ChildrenAndFieldsOfOddSpacesLieInThem) {
  LatentSpace mixed_levels = CodeMap(3, 5, 40);
  mixed_levels.dimensions[4] = LatentDimension::Categorical(1);
  mixed_levels.dimensions[7] = LatentDimension::Categorical(7);
  LatentSpace no_map = mixed_levels;
  no_map.map_rows = no_map.map_cols = 0;
  for (const LatentSpace& space :
       {mixed_levels, no_map, CodeMap(1, 1, 1), CodeMap(1, 9, 3), CodeMap(9, 1, 3)}) {
    const CodeMoves moves(space);
    Rng rng(1);
    LatentPoint a = space.Sample(rng), b = space.Sample(rng);
    for (int i = 0; i < 2000; ++i) {
      a = moves.Child(a, b, rng);
      ASSERT_TRUE(space.Contains(a).ok()) << space.Contains(a);
      b = moves.Field(rng);
      ASSERT_TRUE(space.Contains(b).ok()) << space.Contains(b);
    }
    for (const LatentPoint& point : moves.Opening(30, rng)) {
      EXPECT_TRUE(space.Contains(point).ok());
    }
  }
}

}  // namespace
}  // namespace evoke
