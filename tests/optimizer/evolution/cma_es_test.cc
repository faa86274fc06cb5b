#include "server/optimizer/evolution/cma_es.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tests/optimizer/evolution/drive.h"

namespace evoke {
namespace {

using Variant = CmaEsOptions::Variant;

double Sum(const LatentPoint& point) { return std::accumulate(point.begin(), point.end(), 0.0); }

double Norm(const LatentPoint& point) {
  return std::sqrt(std::inner_product(point.begin(), point.end(), point.begin(), 0.0));
}

double RootMeanSquare(const Batch& batch, double centre) {
  double squares = 0, count = 0;
  for (const LatentPoint& point : batch) {
    for (double x : point) squares += (x - centre) * (x - centre);
    count += static_cast<double>(point.size());
  }
  return std::sqrt(squares / count);
}

class EveryVariantTest : public ::testing::TestWithParam<Variant> {};

TEST_P(EveryVariantTest, ClimbsInOneDimensionAndInMany) {
  for (const int dimensions : {1, 10, 30}) {
    CmaEs cma_es({.variant = GetParam()}, NormalSpace(dimensions), 1);
    const auto score = [](const LatentPoint& p) { return Sum(p) - 0.1 * Norm(p); };
    const Batch first = Round(cma_es, score);
    const double at_first =
        score(*std::max_element(first.begin(), first.end(),
                                [&](const auto& a, const auto& b) { return score(a) < score(b); }));
    for (int i = 0; i < 30; ++i) Round(cma_es, score);
    // In one dimension the first draws may hit the corner.
    EXPECT_GE(cma_es.Best()->score, dimensions == 1 ? at_first : at_first + 0.1) << dimensions;
  }
}

TEST_P(EveryVariantTest, SilentNeuronLeavesTheDistributionAsItIs) {
  CmaEs cma_es({.variant = GetParam()}, NormalSpace(40), 1);
  const auto silent = [](const LatentPoint&) { return 0; };
  const double before = RootMeanSquare(Round(cma_es, silent), 0);
  for (int i = 0; i < 20; ++i) Round(cma_es, silent);
  EXPECT_NEAR(RootMeanSquare(*cma_es.Ask(), 0), before, 0.15 * before);
}

TEST_P(EveryVariantTest, StartsAroundWhatWasAdopted) {
  CmaEs cma_es({.variant = GetParam(), .sigma = 0.05}, NormalSpace(40), 1);
  // On the sphere, so that all variants can go there. The better ones lie to one side.
  const Batch adopted = {LatentPoint(40, 1.0), LatentPoint(40, -1.0)};
  AdoptAndTell(cma_es, adopted, Sum);
  EXPECT_LT(RootMeanSquare(*cma_es.Ask(), 1), 0.1);
}

TEST_P(EveryVariantTest, ValuesThatCannotVaryStay) {
  LatentSpace space = NormalSpace(5);
  space.dimensions[2] = LatentDimension::Continuous(3, 3, LatentDimension::Prior::kUniform);
  CmaEs cma_es({.variant = GetParam()}, space, 1);
  for (int i = 0; i < 10; ++i) {
    for (const LatentPoint& point : Round(cma_es, Sum)) EXPECT_EQ(point[2], 3);
  }
}

TEST_P(EveryVariantTest, SpaceOfOnePointIsUsedUp) {
  LatentSpace space;
  space.dimensions = {LatentDimension::Continuous(3, 3, LatentDimension::Prior::kUniform)};
  CmaEs cma_es({.variant = GetParam()}, space, 1);
  EXPECT_EQ(Round(cma_es, Sum), Batch{{3}});
  EXPECT_TRUE(absl::IsResourceExhausted(cma_es.Ask().status()));
}

INSTANTIATE_TEST_SUITE_P(Variants, EveryVariantTest,
                         ::testing::Values(Variant::kFull, Variant::kSeparable, Variant::kCholesky,
                                           Variant::kSphere));

TEST(CmaEsTest, PopulationSizeGrowsWithTheDimensionsUnlessItIsGiven) {
  EXPECT_EQ(CmaEs({}, NormalSpace(64), 1).Ask()->size(), 16u);
  EXPECT_EQ(CmaEs({}, NormalSpace(1), 1).Ask()->size(), 4u);
  EXPECT_EQ(CmaEs({.variant = Variant::kCholesky}, NormalSpace(64), 1).Ask()->size(), 40u);
  EXPECT_EQ(CmaEs({.population_size = 9}, NormalSpace(64), 1).Ask()->size(), 9u);
}

TEST(CmaEsTest, SigmaIsInUnitsOfThePriorsDeviation) {
  LatentSpace space;
  space.dimensions.assign(200,
                          LatentDimension::Continuous(100, 220, LatentDimension::Prior::kUniform));
  CmaEs cma_es({.sigma = 0.2}, space, 1);
  EXPECT_NEAR(RootMeanSquare(*cma_es.Ask(), 160), 0.2 * 120 / std::sqrt(12.0), 0.5);
}

TEST(CmaEsTest, FullVariantNamesTheDimensionThatIsTooMany) {
  const CmaEsOptions full{.variant = Variant::kFull};
  EXPECT_TRUE(full.CheckSpace(NormalSpace(1024)).ok());
  const absl::Status status = full.CheckSpace(NormalSpace(1025));
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("dimension 1024"));
  EXPECT_TRUE(CmaEsOptions{}.CheckSpace(NormalSpace(4096)).ok());
}

TEST(CmaEsTest, SeparableVariantClimbsIn4096Dimensions) {
  CmaEs cma_es({}, NormalSpace(4096), 1);
  const auto score = [](const LatentPoint& p) { return Sum(p) / std::sqrt(4096); };
  Round(cma_es, score);
  const double at_first = cma_es.Best()->score;  // about 2 deviations of the prior's draws
  for (int i = 0; i < 40; ++i) Round(cma_es, score);
  EXPECT_GT(cma_es.Best()->score, at_first + 6);
}

TEST(CmaEsTest, ReachesAnOptimumInACornerOfTheBox) {
  for (const Variant variant : {Variant::kFull, Variant::kSeparable, Variant::kCholesky}) {
    CmaEs cma_es({.variant = variant}, NormalSpace(6), 1);
    for (int i = 0; i < 100; ++i) Round(cma_es, Sum);
    EXPECT_GT(cma_es.Best()->score, 23.9);
  }
}

TEST(CmaEsTest, SpherePointsLieWhereThePriorHasItsMass) {
  CmaEs cma_es({.variant = Variant::kSphere}, NormalSpace(64), 1);
  for (int i = 0; i < 5; ++i) {
    for (const LatentPoint& point : Round(cma_es, Sum)) {
      // The box cuts off very little of it.
      EXPECT_NEAR(Norm(point), 8, 0.2);
    }
  }
}

TEST(CmaEsTest, FewLostPointsAreLeftOutOfAGenerationAndManyAreDrawnAnew) {
  CmaEs cma_es({.population_size = 12}, NormalSpace(10), 1);
  for (const auto& [lost, next] : {std::pair{4, 12}, std::pair{9, 9}, std::pair{9, 12}}) {
    const Batch batch = *cma_es.Ask();
    auto answers = Answers(batch, Sum);
    for (int i = 0; i < std::min<int>(lost, batch.size()); ++i) answers[i] = {};
    if (next == 12 && lost == 9) answers = Answers(batch, Sum);
    ASSERT_TRUE(cma_es.Tell(answers).ok());
    EXPECT_EQ(cma_es.Ask()->size(), static_cast<size_t>(next));
  }
}

TEST(CmaEsTest, CutBatchIsCompletedByTheNext) {
  CmaEs cma_es({.population_size = 12}, NormalSpace(10), 1);
  Round(cma_es, Sum);
  Batch batch = *cma_es.Ask();
  batch.resize(3);
  AdoptAndTell(cma_es, batch, Sum);
  EXPECT_EQ(cma_es.Ask()->size(), 9u);
}

TEST(CmaEsTest, FarAdoptedPointsMoveTheMeanByAStepAtMost) {
  CmaEs cma_es({.population_size = 4, .sigma = 0.01}, NormalSpace(25), 1);
  Round(cma_es, Sum);
  const Batch far(1, LatentPoint(25, 4.0));
  AdoptAndTell(cma_es, {far[0], LatentPoint(25, 3.9)}, Sum);
  // 8 = sqrt(25) + 3 deviations of 0.01, and some for the mean and the spread around it.
  EXPECT_LT(RootMeanSquare(*cma_es.Ask(), 0), 0.2);
}

}  // namespace
}  // namespace evoke
