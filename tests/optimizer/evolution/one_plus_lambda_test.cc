#include "server/optimizer/evolution/one_plus_lambda.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "tests/optimizer/evolution/drive.h"

namespace evoke {
namespace {

double Sum(const LatentPoint& point) { return std::accumulate(point.begin(), point.end(), 0.0); }

// The dimensions in which the points differ.
int Differences(const LatentPoint& a, const LatentPoint& b) {
  int count = 0;
  for (size_t i = 0; i < a.size(); ++i) count += a[i] != b[i];
  return count;
}

// A (1 + lambda) strategy whose parent is `parent`, on a neuron that is not silent.
OnePlusLambda At(const LatentPoint& parent, const LatentSpace& space,
                 const OnePlusLambdaOptions& options) {
  OnePlusLambda strategy(options, space, 1);
  Rng rng(7);
  AdoptAndTell(strategy, {parent, space.Sample(rng)},
               [&parent](const LatentPoint& p) { return p == parent ? 100 : 1; });
  return strategy;
}

TEST(OnePlusLambdaTest, MutatesOneCodeOnAverageAndOneAtLeast) {
  const LatentPoint parent(64, 17.0);
  OnePlusLambda strategy = At(parent, CodeMap(8, 8, 512), {.lambda = 2000});
  const Batch children = *strategy.Ask();
  double sum = 0;
  for (const LatentPoint& child : children) {
    EXPECT_GE(Differences(child, parent), 1);
    sum += Differences(child, parent);
  }
  // 1 / e of them would have had none.
  EXPECT_NEAR(sum / 2000, 1 + std::exp(-1), 0.1);
}

TEST(OnePlusLambdaTest, MutationRateIsTheShareOfAllDimensions) {
  LatentSpace space = NormalSpace(500);
  for (int i = 0; i < 500; ++i) space.dimensions.push_back(LatentDimension::Categorical(50));
  const LatentPoint parent(1000, 2.0);
  OnePlusLambda strategy = At(parent, space, {.lambda = 10, .mutation_rate = 0.3});
  const Batch children = *strategy.Ask();
  for (const LatentPoint& child : children) {
    EXPECT_NEAR(Differences({child.begin(), child.begin() + 500}, LatentPoint(500, 2.0)), 150, 45);
    EXPECT_NEAR(Differences({child.begin() + 500, child.end()}, LatentPoint(500, 2.0)), 150, 45);
  }
}

TEST(OnePlusLambdaTest, DimensionsOfOneValueStay) {
  LatentSpace space;
  space.dimensions = {LatentDimension::Categorical(1), LatentDimension::Categorical(3),
                      LatentDimension::Continuous(2, 2, LatentDimension::Prior::kUniform),
                      LatentDimension::Continuous(0, 1, LatentDimension::Prior::kUniform)};
  OnePlusLambda strategy({}, space, 1);
  for (int i = 0; i < 20; ++i) {
    for (const LatentPoint& point : Round(strategy, Sum)) {
      EXPECT_EQ(point[0], 0);
      EXPECT_EQ(point[2], 2);
    }
  }
  EXPECT_GT(strategy.Best()->score, 4.9);
}

TEST(OnePlusLambdaTest, StepsGrowOnASlopeAndShrinkAtAnOptimum) {
  LatentSpace space;
  space.dimensions.assign(10,
                          LatentDimension::Continuous(-1e6, 1e6, LatentDimension::Prior::kUniform));
  const double width = 2e6 / std::sqrt(12.0);
  const auto step_after = [&](int rounds, const Score& score) {
    OnePlusLambda strategy({}, space, 1);
    AdoptAndTell(strategy, {LatentPoint(10, 0.0), LatentPoint(10, 1.0)}, score);
    for (int i = 0; i < rounds; ++i) Round(strategy, score);
    const LatentPoint parent = strategy.Best()->point;
    const LatentPoint child = strategy.Ask()->front();
    double squares = 0;
    for (int k = 0; k < 10; ++k) squares += (child[k] - parent[k]) * (child[k] - parent[k]) / 10;
    return std::sqrt(squares) / width;
  };
  const double at_optimum = step_after(10, [](const LatentPoint& p) {
    return -std::inner_product(p.begin(), p.end(), p.begin(), 0.0);
  });
  const double on_slope = step_after(10, [](const LatentPoint& p) { return p[0]; });
  EXPECT_GT(on_slope, 2 * at_optimum);
}

TEST(OnePlusLambdaTest, SilentNeuronIsAskedAllOverThePrior) {
  OnePlusLambda strategy({}, CodeMap(8, 8, 512), 1);
  const auto silent = [](const LatentPoint&) { return 0; };
  const Batch first = Round(strategy, silent);
  const Batch second = Round(strategy, silent);
  for (const LatentPoint& a : first) {
    for (const LatentPoint& b : second) EXPECT_GT(Differences(a, b), 50);
  }
}

TEST(OnePlusLambdaTest, LuckyPointIsNotTheParent) {
  const LatentSpace space = CodeMap(8, 8, 512);
  OnePlusLambda strategy({}, space, 1);
  const Batch points = {LatentPoint(64, 100.0), LatentPoint(64, 200.0), LatentPoint(64, 300.0)};
  ASSERT_TRUE(strategy.Adopt(points).ok());
  ASSERT_TRUE(strategy
                  .Tell(std::vector<Observation>{{.score = 11, .variance = 60, .trials = 1},
                                                 {.score = 9, .variance = 0.1, .trials = 10},
                                                 {.score = -8, .variance = 0.1, .trials = 10}})
                  .ok());
  const Batch children = *strategy.Ask();
  for (const LatentPoint& child : children) EXPECT_LT(Differences(child, points[1]), 10);
}

TEST(OnePlusLambdaTest, ClimbsAMixedSpace) {
  LatentSpace space = NormalSpace(3);
  for (int i = 0; i < 3; ++i) space.dimensions.push_back(LatentDimension::Categorical(8));
  OnePlusLambda strategy({}, space, 1);
  const auto score = [](const LatentPoint& p) {
    double sum = 0;
    for (int i = 0; i < 3; ++i) sum -= (p[i] - 1) * (p[i] - 1) + std::abs(p[3 + i] - 5);
    return sum;
  };
  for (int i = 0; i < 150; ++i) Round(strategy, score);
  EXPECT_GT(strategy.Best()->score, -0.01);
}

}  // namespace
}  // namespace evoke
