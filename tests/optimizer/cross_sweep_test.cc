#include "server/optimizer/cross_sweep.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace evoke {
namespace {

using Index = CrossSweep::Index;

TEST(CrossSweepTest, CoresAreTheProductOfInterfacesAndMode) {
  CrossSweep sweep({3, 4, 5}, 2, false, {{0, 0, 0}, {1, 2, 3}});
  EXPECT_EQ(sweep.CoreIndices().size(), 3u * 2);  // no left modes, two right parts
  sweep.Advance(Eigen::VectorXd::LinSpaced(6, 0, 1), {0, 0, 0});
  EXPECT_EQ(sweep.core(), 1);
  EXPECT_EQ(sweep.CoreIndices().size(), 2u * 4 * 2);
  sweep.Advance(Eigen::VectorXd::LinSpaced(16, 0, 1), {0, 0, 0});
  EXPECT_EQ(sweep.CoreIndices().size(), 2u * 5);
}

TEST(CrossSweepTest, FullSweepGoesThereAndBack) {
  CrossSweep sweep({2, 2, 2}, 1, false, {{0, 0, 0}});
  std::vector<int> cores;
  std::vector<bool> ends;
  for (int i = 0; i < 8; ++i) {
    cores.push_back(sweep.core());
    ends.push_back(sweep.Advance(Eigen::VectorXd::Ones(2), {0, 0, 0}));
  }
  EXPECT_EQ(cores, (std::vector<int>{0, 1, 2, 1, 0, 1, 2, 1}));
  EXPECT_EQ(ends, (std::vector<bool>{false, false, false, true, false, false, false, true}));
}

TEST(CrossSweepTest, OneModeEndsASweepEveryTime) {
  CrossSweep sweep({4}, 3, false, {{1}});
  EXPECT_EQ(sweep.CoreIndices(), (std::vector<Index>{{0}, {1}, {2}, {3}}));
  EXPECT_TRUE(sweep.Advance(Eigen::VectorXd::Ones(4), {2}));
  EXPECT_TRUE(sweep.Advance(Eigen::VectorXd::Ones(4), {2}));
}

TEST(CrossSweepTest, IncumbentStaysInEveryCore) {
  for (bool rectangular : {false, true}) {
    CrossSweep sweep({3, 2, 4, 3}, 2, rectangular, {{0, 0, 0, 0}, {2, 1, 3, 2}});
    Index incumbent = {1, 1, 2, 0};
    for (int i = 0; i < 14; ++i) {
      if (i == 7) incumbent = {2, 0, 1, 2};
      const auto indices = sweep.CoreIndices();
      Eigen::VectorXd values(indices.size());
      for (size_t j = 0; j < indices.size(); ++j) {
        // Large where the incumbent is not, so that maxvol alone would drop it.
        values(j) = indices[j] == incumbent ? 0.01 : 1.0 + 0.3 * ((7 * j) % 5);
      }
      sweep.Advance(values, incumbent);
      const auto next = sweep.CoreIndices();
      EXPECT_NE(std::find(next.begin(), next.end(), incumbent), next.end());
      EXPECT_EQ(std::set<Index>(next.begin(), next.end()).size(), next.size());
    }
  }
}

TEST(CrossSweepTest, RectangularKeepsAtMostTwiceTheRank) {
  CrossSweep sweep({9, 9, 9}, 2, true, {{0, 0, 0}, {4, 5, 6}});
  for (int i = 0; i < 10; ++i) {
    const size_t n = sweep.CoreIndices().size();
    EXPECT_LE(n, 4u * 9 * 4);
    Eigen::VectorXd values(n);
    for (size_t j = 0; j < n; ++j) values(j) = (j * 37 % 11) - 5.0;
    sweep.Advance(values, {0, 0, 0});
  }
}

}  // namespace
}  // namespace evoke
