#include "server/optimizer/evolution/code_genetic.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "tests/optimizer/evolution/drive.h"

namespace evoke {
namespace {

double CodeCount(const LatentPoint& point) {
  return static_cast<double>(std::set<double>(point.begin(), point.end()).size());
}

TEST(CodeGeneticTest, OpensWithSimpleFieldsThenHasAFewChildrenABatch) {
  CodeGenetic search({}, CodeMap(8, 8, 512), 1);
  const Batch opening = Round(search, CodeCount);
  EXPECT_EQ(opening.size(), 24u);
  EXPECT_EQ(CodeCount(opening[0]), 1);
  EXPECT_EQ(search.Ask()->size(), 4u);
}

TEST(CodeGeneticTest, AdoptedPointsCountAsInitialOnes) {
  const LatentSpace space = CodeMap(8, 8, 512);
  Rng rng(1);
  Batch adopted;
  for (int i = 0; i < 10; ++i) adopted.push_back(space.Sample(rng));
  CodeGenetic search({}, space, 1);
  AdoptAndTell(search, adopted, CodeCount);
  EXPECT_EQ(Round(search, CodeCount).size(), 14u);
  EXPECT_EQ(Round(search, CodeCount).size(), 4u);

  for (int i = 0; i < 20; ++i) adopted.push_back(space.Sample(rng));
  CodeGenetic warm({}, space, 1);
  AdoptAndTell(warm, adopted, CodeCount);
  EXPECT_EQ(warm.Ask()->size(), 4u);
}

TEST(CodeGeneticTest, ChildrenComeFromTheBestPointsEver) {
  const LatentSpace space = CodeMap(8, 8, 512);
  CodeGenetic search({.initial_points = 1, .parents = 2, .children = 400}, space, 1);
  // Disjoint codes tell whose child it is; the last two are the best.
  Batch adopted;
  for (int k = 0; k < 4; ++k) {
    LatentPoint point(64);
    for (int i = 0; i < 64; ++i) point[i] = 128 * k + i;
    adopted.push_back(point);
  }
  AdoptAndTell(search, adopted, [](const LatentPoint& p) { return p[0]; });
  int first = 0, second = 0, none = 0;
  const Batch children = *search.Ask();
  for (const LatentPoint& child : children) {
    int from[4] = {};
    for (double code : child) ++from[static_cast<int>(code) / 128];
    if (from[3] > 32) {
      ++first;
    } else if (from[2] > 32) {
      ++second;
    } else {
      ++none;
    }
  }
  EXPECT_GT(first, second);
  EXPECT_GT(second, 60);
  EXPECT_LT(none, 100);  // crossovers by mask, fresh fields
}

TEST(CodeGeneticTest, SilentNeuronIsShownFurtherFields) {
  CodeGenetic search({.initial_points = 4}, CodeMap(8, 8, 512), 1);
  const auto silent = [](const LatentPoint&) { return 0; };
  Round(search, silent);
  int constant = 0;
  for (int i = 0; i < 10; ++i) {
    for (const LatentPoint& point : Round(search, silent)) constant += CodeCount(point) == 1;
  }
  EXPECT_NEAR(constant, 20, 12);
}

TEST(CodeGeneticTest, FindsATextureWithinThreeHundredPresentations) {
  CodeGenetic search({}, CodeMap(8, 8, 512), 1);
  // Two codes in stripes; looks count by nearness in the ordered book.
  const auto score = [](const LatentPoint& p) {
    double sum = 0;
    for (int i = 0; i < 64; ++i) {
      const double distance = (p[i] - (i % 2 == 0 ? 90 : 400)) / 60;
      sum += std::exp(-distance * distance);
    }
    return sum;
  };
  int shown = 0;
  while (shown < 300) shown += static_cast<int>(Round(search, score).size());
  EXPECT_GT(search.Best()->score, 50);  // of 64; a uniform point has about 14
}

}  // namespace
}  // namespace evoke
