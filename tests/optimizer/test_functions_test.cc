// Standard test functions with known optima: every method solves those that it should.
//
// To add a method, add rows to Cases(). Scores are negated function values, so that the optimum is
// 0. A row is solved when what the method recommends has, for every seed, at most `share` of the
// regret of a typical draw from the prior; random search must miss that with the same budget, or
// the row would show nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <numbers>
#include <ostream>
#include <string>
#include <vector>

#include "common/random.h"
#include "server/optimizer/factory.h"

namespace evoke {
namespace {

struct Problem {
  std::string name;
  LatentSpace space;
  std::function<double(const LatentPoint&)> score;
};

struct Case {
  std::string method;
  OptimizerOptions options;
  Problem problem;
  int budget;    // presentations
  double share;  // of a typical draw's regret
};

// As names of tests.
void PrintTo(const Case& test_case, std::ostream* out) {
  *out << test_case.method << " on " << test_case.problem.name;
}

// ---- problems ----

LatentSpace Box(int dimensions) {
  LatentSpace space;
  space.dimensions.assign(
      dimensions, LatentDimension::Continuous(-4, 4, LatentDimension::Prior::kStandardNormal));
  return space;
}

// Coordinate i of the optimum of the continuous functions: at a typical distance from the prior's
// centre, where most methods start, and off every axis and diagonal.
double Optimum(size_t i) { return (i % 2 == 0 ? 1 : -1) * (i % 3 == 0 ? 1.3 : 0.8); }

std::vector<double> Shifted(const LatentPoint& point) {
  std::vector<double> x(point.size());
  for (size_t i = 0; i < x.size(); ++i) x[i] = point[i] - Optimum(i);
  return x;
}

Problem Sphere(int dimensions) {
  return {"Sphere" + std::to_string(dimensions), Box(dimensions), [](const LatentPoint& point) {
            double sum = 0;
            for (double x : Shifted(point)) sum += x * x;
            return -sum;
          }};
}

// A curved valley: the coordinates have to move together.
Problem Rosenbrock(int dimensions) {
  return {"Rosenbrock" + std::to_string(dimensions), Box(dimensions), [](const LatentPoint& point) {
            std::vector<double> x = Shifted(point);
            for (double& v : x) v += 1;  // the function's own optimum is at 1
            double sum = 0;
            for (size_t i = 0; i + 1 < x.size(); ++i) {
              const double bend = x[i + 1] - x[i] * x[i];
              sum += 100 * bend * bend + (1 - x[i]) * (1 - x[i]);
            }
            return -sum;
          }};
}

// A funnel covered with small dents.
Problem Ackley(int dimensions) {
  return {"Ackley" + std::to_string(dimensions), Box(dimensions), [](const LatentPoint& point) {
            const std::vector<double> x = Shifted(point);
            const double n = static_cast<double>(x.size());
            double squares = 0, waves = 0;
            for (double v : x) {
              squares += v * v / n;
              waves += std::cos(2 * std::numbers::pi * v) / n;
            }
            return 20 * std::exp(-0.2 * std::sqrt(squares)) + std::exp(waves) - 20 -
                   std::numbers::e;
          }};
}

// Many local optima, as deep as the way to the global one.
Problem Rastrigin(int dimensions) {
  return {"Rastrigin" + std::to_string(dimensions), Box(dimensions), [](const LatentPoint& point) {
            double sum = 0;
            for (double x : Shifted(point)) {
              sum += x * x + 10 - 10 * std::cos(2 * std::numbers::pi * x);
            }
            return -sum;
          }};
}

// A tensor of rank 2 over codes: the planted maximum, and a second peak a third as high, both
// smooth in the ordered codes.
Problem PlantedTensor(int modes, int levels) {
  LatentSpace space;
  space.dimensions.assign(modes, LatentDimension::Categorical(levels));
  const auto product = [levels](const LatentPoint& point, int stride) {
    double value = 1;
    for (size_t k = 0; k < point.size(); ++k) {
      const int peak = static_cast<int>((k + 1) * stride) % levels;
      const double distance = (point[k] - peak) / (0.4 * levels);
      value *= std::exp(-distance * distance);
    }
    return value;
  };
  const auto value = [product](const LatentPoint& point) {
    return product(point, 5) + product(point, 3) / 3;
  };
  LatentPoint planted(modes);
  for (int k = 0; k < modes; ++k) planted[k] = (k + 1) * 5 % levels;
  return {"PlantedTensor" + std::to_string(modes) + "x" + std::to_string(levels), space,
          [value, top = value(planted)](const LatentPoint& point) { return value(point) - top; }};
}

// ---- methods ----

std::vector<Case> Cases() {
  using Cma = CmaEsOptions::Variant;
  using Preset = TtSamplingOptions::Preset;
  // Its default shows nothing that is nearer to the centre than 1.25 in each dimension.
  const FiniteDifferenceOptions small_steps{.search_radius = 0.3, .learning_rate = 0.3};
  const auto cma = [](Cma variant) { return CmaEsOptions{.variant = variant}; };
  const CmaEsOptions large_cma{.variant = Cma::kFull, .population_size = 100};
  return {
      {"Genetic", GeneticOptions{}, Sphere(16), 2000, 0.1},
      {"Genetic", GeneticOptions{}, Sphere(64), 2000, 0.3},
      {"Genetic", GeneticOptions{}, Ackley(16), 2000, 0.5},
      {"Genetic", GeneticOptions{.mutation_size = 0.1}, Rastrigin(8), 5000, 0.2},
      {"CmaEsSeparable", CmaEsOptions{}, Sphere(8), 1500, 1e-6},
      {"CmaEsSeparable", CmaEsOptions{}, Sphere(64), 5000, 1e-4},
      {"CmaEsSeparable", CmaEsOptions{}, Ackley(8), 1500, 1e-3},
      {"CmaEsSeparable", CmaEsOptions{}, Rosenbrock(8), 5000, 2e-3},
      {"CmaEsFull", cma(Cma::kFull), Sphere(8), 1500, 1e-6},
      {"CmaEsFull", cma(Cma::kFull), Rosenbrock(8), 6000, 1e-3},
      {"CmaEsFull", cma(Cma::kFull), Ackley(8), 1500, 1e-3},
      {"CmaEsFull", large_cma, Rastrigin(8), 15000, 0.08},
      {"CmaEsCholesky", cma(Cma::kCholesky), Sphere(8), 3000, 1e-4},
      {"CmaEsCholesky", cma(Cma::kCholesky), Rosenbrock(8), 10000, 1e-3},
      {"CmaEsSphere", cma(Cma::kSphere), Sphere(16), 3000, 0.02},
      {"OnePlusLambda", OnePlusLambdaOptions{}, Sphere(8), 1500, 1e-6},
      {"OnePlusLambda", OnePlusLambdaOptions{}, Rosenbrock(8), 6000, 2e-3},
      {"OnePlusLambda", OnePlusLambdaOptions{}, PlantedTensor(8, 16), 3000, 0.1},
      {"CodeGenetic", CodeGeneticOptions{}, PlantedTensor(8, 16), 3000, 0.1},
      {"TtSampling", TtSamplingOptions{}, Sphere(16), 3000, 0.15},
      {"TtSampling", TtSamplingOptions{}, PlantedTensor(8, 16), 3000, 0.15},
      {"TtSamplingTt", TtSamplingOptions::Of(Preset::kTt), Rastrigin(8), 3000, 0.15},
      {"TtSamplingTtS", TtSamplingOptions::Of(Preset::kTtS), Rastrigin(8), 3000, 0.15},
      {"TtSamplingTtB", TtSamplingOptions::Of(Preset::kTtB), Rastrigin(8), 3000, 0.15},
      {"TtSamplingTtExp", TtSamplingOptions::Of(Preset::kTtExp), Rastrigin(8), 3000, 0.2},
      {"FiniteDifference", small_steps, Sphere(16), 3000, 0.1},
      {"NaturalEvolution", NaturalEvolutionOptions{}, Sphere(16), 3000, 0.06},
      {"NaturalEvolution", NaturalEvolutionOptions{}, Ackley(16), 3000, 0.4},
  };
}

// ---- the search ----

double MedianRegretOfDraws(const Problem& problem) {
  Rng rng(20250101);
  std::vector<double> regrets(1001);
  for (double& regret : regrets) regret = -problem.score(problem.space.Sample(rng));
  std::nth_element(regrets.begin(), regrets.begin() + 500, regrets.end());
  return regrets[500];
}

double Regret(const OptimizerOptions& options, const Problem& problem, int budget, uint64_t seed) {
  const auto optimizer = CreateOptimizer(options, problem.space, seed);
  EXPECT_TRUE(optimizer.ok()) << optimizer.status();
  for (int shown = 0; shown < budget;) {
    std::vector<LatentPoint> batch = *(*optimizer)->Ask();
    if (static_cast<int>(batch.size()) > budget - shown) {
      batch.resize(budget - shown);
      EXPECT_TRUE((*optimizer)->Adopt(batch).ok());
    }
    std::vector<Observation> answers;
    for (const LatentPoint& p : batch) answers.push_back({.score = problem.score(p), .trials = 1});
    EXPECT_TRUE((*optimizer)->Tell(answers).ok());
    shown += static_cast<int>(batch.size());
  }
  return -problem.score((*optimizer)->Best()->point);
}

class TestFunctionsTest : public ::testing::TestWithParam<Case> {};

TEST_P(TestFunctionsTest, IsSolvedFromEverySeedAndNotByRandomSearch) {
  const auto& [method, options, problem, budget, share] = GetParam();
  const double tolerance = share * MedianRegretOfDraws(problem);
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    EXPECT_LE(Regret(options, problem, budget, seed), tolerance) << "seed " << seed;
    EXPECT_GT(Regret(RandomSearchOptions{}, problem, budget, seed), tolerance) << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, TestFunctionsTest, ::testing::ValuesIn(Cases()),
                         [](const auto& instance) {
                           return instance.param.method + "_" + instance.param.problem.name;
                         });

}  // namespace
}  // namespace evoke
