#include "server/optimizer/tt_cross.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "server/optimizer/random_search.h"

namespace evoke {
namespace {

using Objective = std::function<double(const LatentPoint&)>;

LatentSpace Categorical(int dimensions, int levels) {
  LatentSpace space;
  space.dimensions.assign(dimensions, LatentDimension::Categorical(levels));
  return space;
}

LatentSpace CodeMap() {
  LatentSpace space = Categorical(64, 512);
  space.map_rows = space.map_cols = 8;
  return space;
}

// Shows at least `budget` points (fewer if the space ends) without noise. Returns how many.
int RunSearch(Optimizer& optimizer, int budget, const Objective& objective) {
  int shown = 0;
  while (shown < budget) {
    const auto batch = optimizer.Ask();
    if (!batch.ok()) break;
    std::vector<Observation> answers;
    for (const LatentPoint& p : *batch) {
      answers.push_back({.score = objective(p), .variance = 0, .trials = 1});
    }
    EXPECT_TRUE(optimizer.Tell(answers).ok());
    shown += static_cast<int>(batch->size());
  }
  return shown;
}

// A tensor of rank `factors.size()`: a sum of products of positive bumps.
Objective SumOfProducts(int dimensions, const std::vector<std::pair<double, double>>& factors) {
  return [=](const LatentPoint& p) {
    double sum = 0;
    for (const auto& [weight, phase] : factors) {
      double product = weight;
      for (int i = 0; i < dimensions; ++i) {
        const double distance = p[i] - std::fmod(phase * (i + 1), 10.0);
        product *= 0.2 + std::exp(-0.1 * distance * distance);
      }
      sum += product;
    }
    return sum;
  };
}

TEST(TtCrossTest, FindsThePeakOfARankOneTensor) {
  const Objective f = SumOfProducts(6, {{1, 3.6}});
  for (uint64_t seed : {1, 2, 3}) {
    TtCross optimizer({.rank = 1, .quantized = false, .initial_points = 0}, Categorical(6, 10),
                      seed);
    RunSearch(optimizer, 120, f);
    LatentPoint peak;
    for (int i = 0; i < 6; ++i)
      peak.push_back(std::min(9.0, std::round(std::fmod(3.6 * (i + 1), 10.0))));
    EXPECT_EQ(optimizer.Best()->point, peak);
  }
}

TEST(TtCrossTest, FindsTheHigherPeakOfARankTwoTensor) {
  const Objective f = SumOfProducts(5, {{1, 3.7}, {1.5, 2.3}});
  LatentPoint peak;
  double best = 0;
  for (int n = 0; n < 100000; ++n) {
    const LatentPoint p = {n % 10 * 1.0, n / 10 % 10 * 1.0, n / 100 % 10 * 1.0, n / 1000 % 10 * 1.0,
                           n / 10000 * 1.0};
    if (f(p) > best) {
      best = f(p);
      peak = p;
    }
  }
  for (bool rect : {false, true}) {
    for (uint64_t seed : {1, 2, 3}) {
      TtCross optimizer({.rank = 3, .quantized = false, .rect_maxvol = rect}, Categorical(5, 10),
                        seed);
      RunSearch(optimizer, 900, f);
      EXPECT_EQ(optimizer.Best()->point, peak);
    }
  }
}

TEST(TtCrossTest, FindsAPeakThroughDigits) {
  const auto f = [](const LatentPoint& p) {
    return -std::abs(p[0] - 301) - std::abs(p[1] - 77) - std::abs(p[2] - 450);
  };
  TtCross optimizer({.rank = 3, .digit_base = 2, .row_spread = 1}, Categorical(3, 512), 1);
  RunSearch(optimizer, 1500, f);
  EXPECT_GE(f(optimizer.Best()->point), -12);
}

TEST(TtCrossTest, BeatsRandomSearchOnASmoothFunctionOf64Dimensions) {
  LatentSpace space;
  space.dimensions.assign(
      64, LatentDimension::Continuous(-4, 4, LatentDimension::Prior::kStandardNormal));
  const auto f = [](const LatentPoint& p) {
    double sum = 0;
    for (int i = 0; i < 64; ++i) {
      const double z = 0.8 * p[i] + 0.4 * p[(i + 1) % 64] - 1.5 * std::sin(i);
      sum -= z * z;
    }
    return sum;
  };
  for (uint64_t seed : {1, 2, 3}) {
    TtCross tt_cross({}, space, seed);
    RandomSearch random({}, space, seed);
    RunSearch(tt_cross, 1000, f);
    RunSearch(random, 1000, f);
    EXPECT_GT(f(tt_cross.Best()->point), f(random.Best()->point) / 2) << "scores are negative";
  }
}

TEST(TtCrossTest, ScheduleFillsACodeMap) {
  // Likes one code in a checkerboard, another between: a 2 x 2 tile.
  const auto f = [](const LatentPoint& p) {
    double sum = 0;
    for (int i = 0; i < 64; ++i) {
      const double wanted = (i / 8 + i % 8) % 2 ? 400 : 90;
      sum += std::exp(-std::pow((p[i] - wanted) / 80, 2));
    }
    return sum;
  };
  for (uint64_t seed : {1, 2, 3}) {
    TtCross tt_cross({}, CodeMap(), seed);
    RandomSearch random({}, CodeMap(), seed);
    RunSearch(tt_cross, 300, f);
    RunSearch(random, 300, f);
    EXPECT_GT(f(tt_cross.Best()->point), 50);
    EXPECT_LT(f(random.Best()->point), 32);
  }
}

TEST(TtCrossTest, LargeCoreIsAskedInSeveralBatches) {
  TtCross optimizer({.rank = 2, .quantized = false, .max_batch = 5, .initial_points = 0},
                    Categorical(3, 16), 1);
  for (int i = 0; i < 20; ++i) {
    const auto batch = *optimizer.Ask();
    EXPECT_LE(batch.size(), 5u);
    ASSERT_TRUE(
        optimizer.Tell(std::vector<Observation>(batch.size(), {.score = 1.0 * i, .trials = 1}))
            .ok());
  }
}

TEST(TtCrossTest, UsesUpACategoricalSpaceByRestarts) {
  TtCross optimizer({.rank = 1}, Categorical(4, 4), 1);
  std::set<LatentPoint> seen;
  EXPECT_EQ(RunSearch(optimizer, 100000,
                      [&seen](const LatentPoint& p) {
                        EXPECT_TRUE(seen.insert(p).second);
                        return p[0] * p[1] - p[2] * p[3];
                      }),
            256);
}

TEST(TtCrossTest, GoesOnFromAnAdoptedPointThatIsBetter) {
  const auto f = [](const LatentPoint& p) { return p[0] + p[1] + p[2]; };
  TtCross optimizer({.rank = 1, .quantized = false, .initial_points = 4}, Categorical(3, 50), 1);
  RunSearch(optimizer, 5, f);
  const LatentPoint brought = {49, 49, 3};
  ASSERT_TRUE(optimizer.Adopt({brought}).ok());
  ASSERT_TRUE(optimizer.Tell({{.score = f(brought), .trials = 1}}).ok());
  // The core in flight is finished, then the sweep starts anew around the point.
  RunSearch(optimizer, 3 * 49 + 49, f);
  EXPECT_EQ(optimizer.Best()->point, LatentPoint({49, 49, 49}));
}

TEST(TtCrossTest, DrawsFromThePriorWhileTheNeuronIsSilent) {
  // Answers only where six or more different codes of the lowest eighth are in the map: a
  // constant field or a small tile never moves it.
  const auto f = [](const LatentPoint& p) {
    std::set<double> low;
    for (double code : p) {
      if (code < 64) low.insert(code);
    }
    return low.size() < 6 ? 0.0 : low.size();
  };
  for (uint64_t seed : {1, 2, 3}) {
    TtCross optimizer({}, CodeMap(), seed);
    RunSearch(optimizer, 300, f);
    EXPECT_GT(optimizer.Best()->score, 12);
  }
}

TEST(TtCrossTest, MeasuresANoisyIncumbentAgain) {
  for (int measurements : {1, 3}) {
    TtCross optimizer({.quantized = false, .incumbent_measurements = measurements},
                      Categorical(3, 20), 1);
    std::map<LatentPoint, int> shown;
    Rng rng(2);
    for (int total = 0; total < 200;) {
      const auto batch = *optimizer.Ask();
      std::vector<Observation> answers;
      for (const LatentPoint& p : batch) {
        ++shown[p];
        answers.push_back({.score = p[0] + 3 * rng.Normal(), .variance = 9, .trials = 1});
      }
      ASSERT_TRUE(optimizer.Tell(answers).ok());
      total += static_cast<int>(batch.size());
    }
    int most = 0, repeated = 0;
    for (const auto& [point, times] : shown) {
      most = std::max(most, times);
      repeated += times > 1;
    }
    EXPECT_EQ(most, measurements);
    EXPECT_EQ(repeated > 0, measurements > 1);
    EXPECT_LT(repeated, 30) << "only incumbents are worth it";
  }
}

TEST(TtCrossTest, InitialPointsComeInBatchesOfTheLargestSize) {
  TtCross optimizer({.max_batch = 6, .initial_points = 16}, CodeMap(), 1);
  std::set<double> codes;
  for (size_t size : {6, 6, 4}) {
    const auto batch = *optimizer.Ask();
    EXPECT_EQ(batch.size(), size);
    std::vector<Observation> answers;
    for (const LatentPoint& p : batch) {
      EXPECT_EQ(p, LatentPoint(64, p[0])) << "a constant field";
      codes.insert(std::floor(p[0] / 32));
      answers.push_back({.score = p[0], .trials = 1});
    }
    ASSERT_TRUE(optimizer.Tell(answers).ok());
  }
  EXPECT_EQ(codes.size(), 16u) << "one from each sixteenth of the ordered codes";
}

TEST(TtCrossTest, RecommendsByEstimateUnderNoise) {
  // Counts: the recommended estimate is not the luckiest count, and it is honest on average.
  const auto rate = [](const LatentPoint& p) {
    return 2 + 6 * std::exp(-std::pow((p[0] - 20) / 9, 2));
  };
  Rng rng(4);
  double recommended = 0, luckiest = 0, truth = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    TtCross optimizer({.rank = 2, .quantized = false}, Categorical(2, 40), seed);
    double highest = 0;
    for (int shown = 0; shown < 300;) {
      const auto batch = *optimizer.Ask();
      std::vector<Observation> answers;
      for (const LatentPoint& p : batch) {
        const double count = static_cast<double>(rng.Poisson(rate(p)));
        highest = std::max(highest, count);
        answers.push_back({.score = count, .variance = std::max(1.0, count), .trials = 1});
      }
      ASSERT_TRUE(optimizer.Tell(answers).ok());
      shown += static_cast<int>(batch.size());
    }
    const Recommendation best = *optimizer.Best();
    EXPECT_GT(best.standard_error, 0);
    recommended += best.score / 20;
    truth += rate(best.point) / 20;
    luckiest += highest / 20;
  }
  EXPECT_LT(std::abs(recommended - truth), std::abs(luckiest - truth) / 2);
}

}  // namespace
}  // namespace evoke
