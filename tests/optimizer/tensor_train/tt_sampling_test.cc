#include "server/optimizer/tensor_train/tt_sampling.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <set>

#include "server/optimizer/random_search.h"

namespace evoke {
namespace {

using Objective = std::function<double(const LatentPoint&)>;

LatentSpace Codes(int dimensions, int levels) {
  LatentSpace space;
  space.dimensions.assign(dimensions, LatentDimension::Categorical(levels));
  return space;
}

LatentSpace Normals(int dimensions) {
  LatentSpace space;
  space.dimensions.assign(
      dimensions, LatentDimension::Continuous(-4, 4, LatentDimension::Prior::kStandardNormal));
  return space;
}

// Shows at least `budget` points without noise; all that were shown, in order.
std::vector<LatentPoint> RunSearch(Optimizer& optimizer, int budget, const Objective& objective) {
  std::vector<LatentPoint> shown;
  while (static_cast<int>(shown.size()) < budget) {
    const auto batch = optimizer.Ask();
    if (!batch.ok()) break;
    std::vector<Observation> answers;
    for (const LatentPoint& p : *batch) answers.push_back({.score = objective(p), .trials = 1});
    EXPECT_TRUE(optimizer.Tell(answers).ok());
    shown.insert(shown.end(), batch->begin(), batch->end());
  }
  return shown;
}

double Sphere(const LatentPoint& point) {
  double sum = 0;
  for (double v : point) sum -= (v - 1) * (v - 1);
  return sum;
}

TEST(TtSamplingTest, ThePresetsAreMangos) {
  const TtSamplingOptions tt = TtSamplingOptions::Of(TtSamplingOptions::Preset::kTt);
  const TtSamplingOptions tt_s = TtSamplingOptions::Of(TtSamplingOptions::Preset::kTtS);
  const TtSamplingOptions tt_b = TtSamplingOptions::Of(TtSamplingOptions::Preset::kTtB);
  const TtSamplingOptions tt_exp = TtSamplingOptions::Of(TtSamplingOptions::Preset::kTtExp);
  EXPECT_EQ(tt.batch_size, 10);
  EXPECT_EQ(tt.elite, 1);
  EXPECT_EQ(tt_s.batch_size, 5);
  EXPECT_EQ(tt_s.elite, 1);
  EXPECT_EQ(tt_b.batch_size, 25);
  EXPECT_EQ(tt_b.elite, 5);
  EXPECT_EQ(tt_b.learning_rate, 0.05);
  EXPECT_EQ(tt_exp.batch_size, 100);
  EXPECT_EQ(tt_exp.elite, 10);
  EXPECT_EQ(tt_exp.learning_rate, 0.1);
  EXPECT_EQ(TtSamplingOptions().batch_size, tt_b.batch_size);
  EXPECT_EQ(TtSamplingOptions().elite, tt_b.elite);
  for (const TtSamplingOptions& options : {tt, tt_s, tt_b, tt_exp}) {
    EXPECT_EQ(options.rank, 5);
    EXPECT_TRUE(options.quantized);
    EXPECT_TRUE(options.Validate().ok());
  }
}

TEST(TtSamplingTest, BeatsRandomSearchInEveryPresetAndMode) {
  using Preset = TtSamplingOptions::Preset;
  for (const Preset preset : {Preset::kTt, Preset::kTtS, Preset::kTtB, Preset::kTtExp}) {
    for (const bool quantized : {true, false}) {
      double searched = 0, random = 0;
      for (uint64_t seed : {1, 2, 3}) {
        TtSamplingOptions options = TtSamplingOptions::Of(preset);
        options.quantized = quantized;
        TtSampling search(options, Normals(16), seed);
        RunSearch(search, 2000, Sphere);
        searched += search.Best()->score;
        // Uniform over the grid, as the first samples are.
        TtSamplingOptions blind = options;
        blind.learning_rate = 1e-12;
        TtSampling yardstick(blind, Normals(16), seed);
        RunSearch(yardstick, 2000, Sphere);
        random += yardstick.Best()->score;
      }
      // A plain mode of 64 levels learns slowly: each sample tells of one level only.
      EXPECT_GT(searched, (quantized ? 0.5 : 0.9) * random)
          << "preset " << static_cast<int>(preset) << ", quantized " << quantized;
    }
  }
}

TEST(TtSamplingTest, LearnsCodesThatAreGoodInPairsOnly) {
  // Codes are good in pairs only; no dimension alone says anything.
  const auto pairs = [](const LatentPoint& p) {
    double score = 0;
    for (size_t i = 0; i + 1 < p.size(); i += 2) score += p[i] == p[i + 1];
    return score;
  };
  double late = 0, early = 0;
  TtSampling search({}, Codes(16, 4), 3);
  const std::vector<LatentPoint> shown = RunSearch(search, 4000, pairs);
  for (int i = 0; i < 100; ++i) {
    early += pairs(shown[i]) / 100;
    late += pairs(shown[shown.size() - 1 - i]) / 100;
  }
  EXPECT_NEAR(early, 2, 0.5);
  EXPECT_GT(late, 4);
}

TEST(TtSamplingTest, ATrainThatIsSureOfItselfStillShowsNewPoints) {
  TtSamplingOptions options = TtSamplingOptions::Of(TtSamplingOptions::Preset::kTt);
  options.steps = 50;
  TtSampling search(options, Codes(10, 8), 1);
  const auto shown =
      RunSearch(search, 3000, [](const LatentPoint& p) { return -p[0] - p[1] - p[9]; });
  EXPECT_EQ(std::set<LatentPoint>(shown.begin(), shown.end()).size(), shown.size());
  // Around what was learnt: mostly where the other values of a random point would cost something.
  int near = 0;
  for (size_t i = shown.size() - 100; i < shown.size(); ++i) {
    near += shown[i][0] + shown[i][1] + shown[i][9] <= 6;
  }
  EXPECT_GT(near, 80);
}

TEST(TtSamplingTest, LearnsFromAdoptedPointsBeforeItsFirstBatch) {
  const auto near_three = [](const std::vector<LatentPoint>& batch) {
    double near = 0, all = 0;
    for (const LatentPoint& p : batch) {
      for (double v : p) {
        near += std::abs(v - 3) < 1;
        all += 1;
      }
    }
    return near / all;
  };
  TtSamplingOptions options;
  options.steps = 10;
  TtSampling blind(options, Normals(20), 1), started(options, Normals(20), 1);
  // A start of several batches' size, off the grid; the best of each portion is the same kind.
  std::vector<LatentPoint> start;
  std::vector<Observation> answers;
  for (int i = 0; i < 100; ++i) {
    start.emplace_back(20, i % 5 == 0 ? 3.01 : -3.01);
    start.back()[0] += 1e-3 * i;
    answers.push_back({.score = i % 5 == 0 ? 1.0 : 0.0, .trials = 1});
  }
  ASSERT_TRUE(started.Adopt(start).ok());
  ASSERT_TRUE(started.Tell(answers).ok());
  EXPECT_LT(near_three(*blind.Ask()), 0.4);
  EXPECT_GT(near_three(*started.Ask()), 0.6);
}

TEST(TtSamplingTest, EqualAnswersTeachNothing) {
  TtSampling silent({}, Codes(12, 4), 5);
  std::vector<double> mean(12, 0);
  const auto shown = RunSearch(silent, 4000, [](const LatentPoint&) { return 0.0; });
  // Still uniform over the codes.
  for (size_t i = shown.size() - 1000; i < shown.size(); ++i) {
    for (int d = 0; d < 12; ++d) mean[d] += shown[i][d] / 1000;
  }
  for (double m : mean) EXPECT_NEAR(m, 1.5, 0.45);
}

TEST(TtSamplingTest, OptionsOutOfRangeAreNamed) {
  const auto message = [](const TtSamplingOptions& options) {
    return std::string(options.Validate().message());
  };
  EXPECT_NE(message({.rank = 0}).find("tt_sampling.rank"), std::string::npos);
  EXPECT_NE(message({.batch_size = 0}).find("tt_sampling.batch_size"), std::string::npos);
  EXPECT_NE(message({.batch_size = 3, .elite = 4}).find("tt_sampling.elite"), std::string::npos);
  EXPECT_NE(message({.learning_rate = std::nan("")}).find("tt_sampling.learning_rate"),
            std::string::npos);
  EXPECT_NE(message({.steps = 0}).find("tt_sampling.steps"), std::string::npos);
  EXPECT_NE(message({.grid_size = 1}).find("tt_sampling.grid_size"), std::string::npos);
}

}  // namespace
}  // namespace evoke
