// Finite differences and natural evolution.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <memory>
#include <numeric>

#include "server/optimizer/gradient/finite_difference.h"
#include "server/optimizer/gradient/natural_evolution.h"

namespace evoke {
namespace {

using Objective = std::function<double(const LatentPoint&)>;

LatentSpace Space(int dimensions, double lower = -4, double upper = 4,
                  LatentDimension::Prior prior = LatentDimension::Prior::kStandardNormal) {
  LatentSpace space;
  space.dimensions.assign(dimensions, LatentDimension::Continuous(lower, upper, prior));
  return space;
}

struct Method {
  std::string name;
  std::function<std::unique_ptr<Optimizer>(const LatentSpace&, uint64_t seed)> create;
};

class GradientSearchTest : public ::testing::TestWithParam<Method> {
 protected:
  std::unique_ptr<Optimizer> New(const LatentSpace& space, uint64_t seed = 1) const {
    return GetParam().create(space, seed);
  }
};

std::vector<Observation> Answer(const std::vector<LatentPoint>& batch, const Objective& objective) {
  std::vector<Observation> answers;
  for (const LatentPoint& p : batch) answers.push_back({.score = objective(p), .trials = 1});
  return answers;
}

void RunSearch(Optimizer& optimizer, int batches, const Objective& objective) {
  for (int i = 0; i < batches; ++i) {
    const auto batch = *optimizer.Ask();
    ASSERT_TRUE(optimizer.Tell(Answer(batch, objective)).ok());
  }
}

// Where the pairs of the next batch lie around.
LatentPoint Centre(Optimizer& optimizer) {
  const auto batch = *optimizer.Ask();
  LatentPoint centre(batch[0].size(), 0);
  for (const LatentPoint& p : batch) {
    for (size_t i = 0; i < p.size(); ++i) centre[i] += p[i] / static_cast<double>(batch.size());
  }
  return centre;
}

double Radius(Optimizer& optimizer) {
  const auto batch = *optimizer.Ask();
  double squares = 0;
  for (size_t i = 0; i + 1 < batch.size(); i += 2) {
    for (size_t d = 0; d < batch[i].size(); ++d) {
      const double step = (batch[i][d] - batch[i + 1][d]) / 2;
      squares += step * step;
    }
  }
  return std::sqrt(2 * squares / static_cast<double>(batch.size() * batch[0].size()));
}

double Norm(const LatentPoint& point) {
  return std::sqrt(std::inner_product(point.begin(), point.end(), point.begin(), 0.0));
}

TEST_P(GradientSearchTest, PairsLieOppositeEachOtherAroundTheMiddleOfThePrior) {
  auto search = New(Space(200, -40, 40));
  const auto batch = *search->Ask();
  ASSERT_EQ(batch.size(), 20u);
  for (size_t i = 0; i < batch.size(); i += 2) {
    for (size_t d = 0; d < 200; ++d) EXPECT_NEAR(batch[i][d], -batch[i + 1][d], 1e-9);
  }
  EXPECT_NEAR(Radius(*search), 1.25, 0.05);
}

TEST_P(GradientSearchTest, TheRadiusIsInDeviationsOfThePrior) {
  auto search = New(Space(200, 0, 120, LatentDimension::Prior::kUniform));
  // The deviation is 120 / sqrt(12); reflection at the bounds shortens some steps.
  EXPECT_NEAR(Radius(*search) / (1.25 * 120 / std::sqrt(12.0)), 0.8, 0.15);
  EXPECT_NEAR(Centre(*search)[7], 60, 1e-9);
}

TEST_P(GradientSearchTest, ClimbsASphere) {
  const LatentPoint peak = {1.5, -1, 0.5, 2, -2, 0, 1, -1.5};
  const auto sphere = [&peak](const LatentPoint& p) {
    double sum = 0;
    for (size_t i = 0; i < p.size(); ++i) sum -= (p[i] - peak[i]) * (p[i] - peak[i]);
    return sum;
  };
  for (uint64_t seed : {1, 2, 3}) {
    auto search = New(Space(8), seed);
    RunSearch(*search, 60, sphere);
    EXPECT_GT(sphere(Centre(*search)), 0.1 * sphere(LatentPoint(8, 0)));
  }
}

TEST_P(GradientSearchTest, CountsOfAnyScaleAreClimbedAlike) {
  const auto linear = [](double scale) {
    return [scale](const LatentPoint& p) { return scale * (p[0] + p[1]) + 5; };
  };
  auto small = New(Space(10)), large = New(Space(10));
  RunSearch(*small, 10, linear(1));
  RunSearch(*large, 10, linear(1024));
  const LatentPoint a = Centre(*small), b = Centre(*large);
  EXPECT_GT(a[0], 1);
  for (int i = 0; i < 10; ++i) EXPECT_NEAR(a[i], b[i], 1e-6);
}

TEST_P(GradientSearchTest, ClimbsIntoACornerWithoutLeavingTheBounds) {
  const LatentSpace space = Space(6, -2, 2);
  auto search = New(space);
  for (int i = 0; i < 40; ++i) {
    const auto batch = *search->Ask();
    for (const LatentPoint& p : batch) ASSERT_TRUE(space.Contains(p).ok()) << space.Contains(p);
    ASSERT_TRUE(search
                    ->Tell(Answer(batch,
                                  [](const LatentPoint& p) {
                                    return std::accumulate(p.begin(), p.end(), 0.0);
                                  }))
                    .ok());
  }
  EXPECT_GT(search->Best()->score, 9);
}

TEST_P(GradientSearchTest, BeginsAtTheBestAdoptedPoint) {
  const LatentSpace space = Space(50, -40, 40);
  auto search = New(space);
  std::vector<LatentPoint> start = {LatentPoint(50, 1), LatentPoint(50, 3), LatentPoint(50, 2)};
  ASSERT_TRUE(search->Adopt(start).ok());
  ASSERT_TRUE(search->Tell(Answer(start, [](const LatentPoint& p) { return p[0]; })).ok());
  for (double v : Centre(*search)) EXPECT_NEAR(v, 3, 1e-9);
}

TEST_P(GradientSearchTest, MovesToAnAdoptedPointOnlyIfItIsTheBest) {
  auto search = New(Space(50, -40, 40));
  RunSearch(*search, 1, [](const LatentPoint& p) { return -Norm(p); });
  auto untouched = New(Space(50, -40, 40));
  RunSearch(*untouched, 1, [](const LatentPoint& p) { return -Norm(p); });
  const std::vector<LatentPoint> adopted = {LatentPoint(50, 5)};
  ASSERT_TRUE(search->Adopt(adopted).ok());
  ASSERT_TRUE(search->Tell({{.score = -1000, .trials = 1}}).ok());
  const LatentPoint expected = Centre(*untouched), kept = Centre(*search);
  for (int i = 0; i < 50; ++i) EXPECT_NEAR(kept[i], expected[i], 1e-9);
  const std::vector<LatentPoint> better = {LatentPoint(50, 6)};
  ASSERT_TRUE(search->Adopt(better).ok());
  ASSERT_TRUE(search->Tell({{.score = 1000, .trials = 1}}).ok());
  for (double v : Centre(*search)) EXPECT_NEAR(v, 6, 1e-9);
}

TEST_P(GradientSearchTest, ALostCandidateTakesItsPartnerAlong) {
  const auto linear = [](const LatentPoint& p) { return p[0]; };
  auto search = New(Space(5, -40, 40));
  const auto batch = *search->Ask();
  auto answers = Answer(batch, linear);
  // Only the first pair stays whole; the rest would pull elsewhere.
  for (size_t i = 2; i < answers.size(); ++i) {
    answers[i] = i % 2 == 0 ? Observation{} : Observation{.score = 1e6, .trials = 1};
  }
  ASSERT_TRUE(search->Tell(answers).ok());
  const LatentPoint moved = Centre(*search);
  // Along the first pair's step, up.
  const double along = moved[0] / batch[0][0];
  EXPECT_GT(std::abs(moved[0]), 0);
  for (int i = 1; i < 5; ++i) EXPECT_NEAR(moved[i], along * batch[0][i], 1e-9);
  EXPECT_GT(moved[0], 0);
}

TEST_P(GradientSearchTest, AWhollyLostBatchLeavesTheCentre) {
  auto search = New(Space(5, -40, 40));
  const auto batch = *search->Ask();
  ASSERT_TRUE(search->Tell(std::vector<Observation>(batch.size())).ok());
  EXPECT_NE(*search->Ask(), batch);
  for (double v : Centre(*search)) EXPECT_NEAR(v, 0, 1e-9);
}

INSTANTIATE_TEST_SUITE_P(Methods, GradientSearchTest,
                         ::testing::Values(Method{"FiniteDifference",
                                                  [](const LatentSpace& space, uint64_t seed) {
                                                    return std::make_unique<FiniteDifference>(
                                                        FiniteDifferenceOptions{}, space, seed);
                                                  }},
                                           Method{"NaturalEvolution",
                                                  [](const LatentSpace& space, uint64_t seed) {
                                                    return std::make_unique<NaturalEvolution>(
                                                        NaturalEvolutionOptions{}, space, seed);
                                                  }}),
                         [](const auto& instance) { return instance.param.name; });

TEST(FiniteDifferenceTest, TakesTheStepOfTheSource) {
  FiniteDifference search({.samples = 4, .search_radius = 1, .learning_rate = 0.5},
                          Space(2, -40, 40), 3);
  const auto batch = *search.Ask();
  ASSERT_EQ(batch.size(), 4u);
  const std::vector<double> scores = {3, 1, 2, 6};
  std::vector<Observation> answers;
  for (double s : scores) answers.push_back({.score = s, .trials = 1});
  ASSERT_TRUE(search.Tell(answers).ok());
  // Quartile distance of 1, 2, 3, 6 as the archive takes it: 3 - 1.
  constexpr double kSpread = 2;
  const LatentPoint centre = Centre(search);
  for (int d = 0; d < 2; ++d) {
    double gradient = 0;
    for (int pair = 0; pair < 2; ++pair) {
      const LatentPoint& step = batch[2 * pair];
      const double size = (std::abs(step[0]) + std::abs(step[1])) / 2;
      gradient +=
          (scores[2 * pair] - scores[2 * pair + 1]) / 2 / kSpread / (size * size) * step[d] / 2;
    }
    EXPECT_NEAR(centre[d], 0.5 * gradient, 1e-9);
  }
}

TEST(NaturalEvolutionTest, TakesTheStepOfTheSource) {
  NaturalEvolution search(
      {.samples = 4, .search_radius = 2, .learning_rate = 0.5, .radius_rate = 0}, Space(2, -40, 40),
      3);
  const auto batch = *search.Ask();
  const std::vector<double> scores = {3, 1, 2, 6};
  std::vector<Observation> answers;
  for (double s : scores) answers.push_back({.score = s, .trials = 1});
  ASSERT_TRUE(search.Tell(answers).ok());
  const LatentPoint centre = Centre(search);
  for (int d = 0; d < 2; ++d) {
    double gradient = 0;
    for (int i = 0; i < 4; ++i) gradient += scores[i] / 2 * batch[i][d] / 2 / 4;
    EXPECT_NEAR(centre[d], 0.5 * gradient / 2, 1e-9);
  }
}

TEST(NaturalEvolutionTest, TheRadiusShrinksOnAPeakAndGrowsInAHole) {
  const auto radius_after = [](double sign) {
    NaturalEvolution search({.radius_rate = 5}, Space(30, -40, 40), 2);
    RunSearch(search, 10, [sign](const LatentPoint& p) { return sign * Norm(p) * Norm(p); });
    return Radius(search);
  };
  EXPECT_LT(radius_after(-1), 1.0);
  EXPECT_GT(radius_after(1), 1.5);
}

TEST(NaturalEvolutionTest, TheRadiusStaysPositive) {
  NaturalEvolution search({.radius_rate = 100}, Space(3, -40, 40), 2);
  RunSearch(search, 30, [](const LatentPoint& p) { return -Norm(p); });
  EXPECT_GT(Radius(search), 0.001);
}

}  // namespace
}  // namespace evoke
