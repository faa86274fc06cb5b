#include "server/optimizer/evolution/genetic.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "tests/optimizer/evolution/drive.h"

namespace evoke {
namespace {

constexpr int kMany = 4000;

// Point number k has this value in every coordinate, so that a child shows whose it is.
double MarkOf(int k) { return 0.1 * k; }

Batch MarkedPoints(int count, int dimensions) {
  Batch points;
  for (int k = 0; k < count; ++k) points.push_back(LatentPoint(dimensions, MarkOf(k)));
  return points;
}

double ShareNear(const LatentPoint& point, double value, double tolerance) {
  const auto near = std::count_if(point.begin(), point.end(),
                                  [=](double x) { return std::abs(x - value) <= tolerance; });
  return static_cast<double>(near) / static_cast<double>(point.size());
}

// The share of all coordinates of `batch` that come from marked point `k`, mutations being tiny.
double ShareOf(const Batch& batch, int k) {
  double sum = 0;
  for (const LatentPoint& point : batch) sum += ShareNear(point, MarkOf(k), 0.04);
  return sum / static_cast<double>(batch.size());
}

// The first children of marked points with these scores.
Batch ChildrenOf(const std::vector<double>& scores, GeneticOptions options) {
  options.mutation_size = 0.001;
  options.conserve = 0;
  Genetic genetic(options, NormalSpace(50), 1);
  AdoptAndTell(genetic, MarkedPoints(static_cast<int>(scores.size()), 50),
               [&scores](const LatentPoint& p) { return scores[std::lround(p[0] / MarkOf(1))]; });
  return *genetic.Ask();
}

TEST(GeneticTest, StartsFromThePrior) {
  Genetic genetic({.population_size = 7}, NormalSpace(kMany), 1);
  const Batch batch = *genetic.Ask();
  EXPECT_EQ(batch.size(), 7u);
  EXPECT_NEAR(ShareNear(batch[0], 0, 1), 0.683, 0.05);
}

TEST(GeneticTest, MutationRateIsTheShareOfCoordinatesAndMutationSizeTheirDeviation) {
  Genetic genetic({.mutation_rate = 0.25, .mutation_size = 0.3}, NormalSpace(kMany), 1);
  AdoptAndTell(genetic, {LatentPoint(kMany, 1.0)}, [](const LatentPoint&) { return 5; });
  const LatentPoint child = genetic.Ask()->front();
  EXPECT_NEAR(ShareNear(child, 1, 0), 0.75, 0.03);
  double squares = 0;
  for (double x : child) squares += (x - 1) * (x - 1);
  EXPECT_NEAR(std::sqrt(squares / (0.25 * kMany)), 0.3, 0.03);
}

TEST(GeneticTest, MutationsAreInUnitsOfThePriorsDeviation) {
  LatentSpace space;
  space.dimensions = {LatentDimension::Continuous(0, 180, LatentDimension::Prior::kUniform),
                      LatentDimension::Continuous(0, 1, LatentDimension::Prior::kUniform)};
  Genetic genetic({.population_size = 2000, .mutation_rate = 1, .mutation_size = 0.1}, space, 1);
  AdoptAndTell(genetic, {{90, 0.5}}, [](const LatentPoint&) { return 5; });
  const Batch children = *genetic.Ask();
  double wide = 0, narrow = 0;
  for (const LatentPoint& p : children) {
    wide += std::abs(p[0] - 90);
    narrow += std::abs(p[1] - 0.5);
  }
  EXPECT_NEAR(wide / narrow, 180, 20);
}

TEST(GeneticTest, HeritabilityIsTheShareOfTheFirstParent) {
  for (const double heritability : {0.5, 0.9, 1.0}) {
    Genetic genetic({.mutation_rate = 0.001, .heritability = heritability}, NormalSpace(kMany), 1);
    AdoptAndTell(genetic, MarkedPoints(2, kMany), [](const LatentPoint&) { return 1; });
    int mixed = 0;
    const Batch children = *genetic.Ask();
    for (const LatentPoint& child : children) {
      const double share = ShareNear(child, MarkOf(0), 0);
      if (share < 0.01 || share > 0.99) continue;  // both parents were the same
      EXPECT_NEAR(std::max(share, 1 - share), heritability, 0.05);
      ++mixed;
    }
    if (heritability < 1) {
      EXPECT_GT(mixed, 3);
    } else {
      EXPECT_EQ(mixed, 0);
    }
  }
}

TEST(GeneticTest, SelectivityDecidesHowMuchMoreTheBestInherit) {
  std::vector<double> scores(20);
  for (int k = 0; k < 20; ++k) scores[k] = k;
  EXPECT_GT(ShareOf(ChildrenOf(scores, {.selectivity = 50, .clip_percentile = 100}), 19), 0.9);
  const double mild = ShareOf(ChildrenOf(scores, {.selectivity = 2}), 19);
  EXPECT_GT(mild, 0.08);
  EXPECT_LT(mild, 0.5);
  EXPECT_LT(ShareOf(ChildrenOf(scores, {.selectivity = 0.01}), 19), 0.2);
}

TEST(GeneticTest, OutlierAboveTheClipPercentileIsNotEverybodysParent) {
  std::vector<double> scores(20, 1.0);
  scores[7] = 100;
  EXPECT_GT(ShareOf(ChildrenOf(scores, {.clip_percentile = 100}), 7), 0.95);
  EXPECT_LT(ShareOf(ChildrenOf(scores, {}), 7), 0.4);
}

TEST(GeneticTest, ConserveKeepsTheBestAsParentsWithoutShowingThemAgain) {
  // No child is ever as good as the first generation. Those of what was kept have mutated once,
  // the others' ancestors in every generation.
  const Batch first = MarkedPoints(20, 50);
  const auto score = [&first](const LatentPoint& point) -> double {
    const auto it = std::find(first.begin(), first.end(), point);
    return it == first.end() ? -1 : it - first.begin();
  };
  for (const int conserve : {0, 3}) {
    Genetic genetic({.mutation_rate = 1,
                     .mutation_size = 0.001,
                     .selectivity = 50,
                     .conserve = conserve,
                     .clip_percentile = 100},
                    NormalSpace(50), 1);
    AdoptAndTell(genetic, first, score);
    std::set<LatentPoint> seen(first.begin(), first.end());
    Batch batch;
    for (int generation = 0; generation < 20; ++generation) {
      batch = Round(genetic, score);
      EXPECT_EQ(batch.size(), 20u - conserve);
      for (const LatentPoint& point : batch) EXPECT_TRUE(seen.insert(point).second);
    }
    double squares = 0;
    for (double x : batch[0]) squares += (x - MarkOf(19)) * (x - MarkOf(19)) / 50;
    if (conserve > 0) {
      EXPECT_LT(std::sqrt(squares), 0.0015);
    } else {
      EXPECT_GT(std::sqrt(squares), 0.003);
    }
  }
}

TEST(GeneticTest, NoisyConservedPointsAreMeasuredAgain) {
  Genetic genetic({.population_size = 6, .conserve = 2}, NormalSpace(3), 1);
  const Batch first = *genetic.Ask();
  std::vector<Observation> answers;
  for (int i = 0; i < 6; ++i) answers.push_back({.score = 10.0 * i, .variance = 1, .trials = 1});
  ASSERT_TRUE(genetic.Tell(answers).ok());
  const Batch second = *genetic.Ask();
  ASSERT_EQ(second.size(), 6u);
  EXPECT_EQ(second[0], first[5]);
  EXPECT_EQ(second[1], first[4]);
  for (int i = 2; i < 6; ++i) {
    EXPECT_EQ(std::count(first.begin(), first.end(), second[i]), 0);
  }
}

TEST(GeneticTest, LostCandidatesGoIntoTheNextGenerationsUntilTheyAreClosed) {
  Genetic genetic({.population_size = 6, .conserve = 0}, NormalSpace(3), 1);
  const Batch first = *genetic.Ask();
  const auto count_lost = [&](const Batch& batch) {
    return std::count(batch.begin(), batch.end(), first[2]) +
           std::count(batch.begin(), batch.end(), first[5]);
  };
  Batch batch = first;
  for (int loss = 0; loss < ObservationArchive::kMaxLosses; ++loss) {
    EXPECT_EQ(count_lost(batch), 2);
    EXPECT_EQ(batch.size(), 6u);
    auto answers = Answers(batch, [](const LatentPoint& p) { return p[0]; });
    for (size_t i = 0; i < batch.size(); ++i) {
      if (batch[i] == first[2] || batch[i] == first[5]) answers[i] = {};
    }
    ASSERT_TRUE(genetic.Tell(answers).ok());
    batch = *genetic.Ask();
  }
  EXPECT_EQ(count_lost(batch), 0);
  EXPECT_EQ(batch.size(), 6u);
}

TEST(GeneticTest, GenerationThatWasLostAltogetherIsShownAgain) {
  Genetic genetic({.population_size = 6, .conserve = 2}, NormalSpace(3), 1);
  Round(genetic, [](const LatentPoint& p) { return p[0]; });
  const Batch lost = *genetic.Ask();
  TellLost(genetic, lost);
  EXPECT_EQ(*genetic.Ask(), lost);
}

TEST(GeneticTest, FewAdoptedPointsJoinThePopulationAndDoNotReplaceIt) {
  Genetic genetic({.mutation_size = 0.001, .selectivity = 0.01, .conserve = 0}, NormalSpace(50), 1);
  AdoptAndTell(genetic, MarkedPoints(20, 50), [](const LatentPoint& p) { return p[0]; });
  const Batch proposed = *genetic.Ask();
  // The budget of a part of the session ended within a batch.
  AdoptAndTell(genetic, {proposed[0]}, [](const LatentPoint&) { return 0.5; });
  std::set<long> parents;
  const Batch children = *genetic.Ask();
  for (const LatentPoint& child : children) {
    for (double x : child) parents.insert(std::lround(x / MarkOf(1)));
  }
  EXPECT_GT(parents.size(), 10u);
}

TEST(GeneticTest, LaterAdoptedBestBecomesAParent) {
  Genetic genetic({.mutation_size = 0.001, .selectivity = 50}, NormalSpace(50), 1);
  Round(genetic, [](const LatentPoint& p) { return p[0]; });
  AdoptAndTell(genetic, {LatentPoint(50, 3.5)}, [](const LatentPoint&) { return 1000; });
  const Batch children = *genetic.Ask();
  double share = 0;
  for (const LatentPoint& child : children) share += ShareNear(child, 3.5, 0.01);
  EXPECT_GT(share / static_cast<double>(children.size()), 0.3);
}

TEST(GeneticTest, RanksBySpreadOutEstimatesNotByLuck) {
  // One lucky trial with a large variance against many good ones.
  Genetic genetic({.population_size = 4,
                   .mutation_size = 0.001,
                   .selectivity = 50,
                   .conserve = 0,
                   .clip_percentile = 100},
                  NormalSpace(50), 1);
  ASSERT_TRUE(genetic.Adopt(MarkedPoints(4, 50)).ok());
  ASSERT_TRUE(genetic
                  .Tell(std::vector<Observation>{{.score = 12, .variance = 60, .trials = 1},
                                                 {.score = 9, .variance = 0.1, .trials = 10},
                                                 {.score = 1, .variance = 0.1, .trials = 10},
                                                 {.score = -9, .variance = 0.1, .trials = 10}})
                  .ok());
  EXPECT_GT(ShareOf(*genetic.Ask(), 1), 0.9);
}

}  // namespace
}  // namespace evoke
