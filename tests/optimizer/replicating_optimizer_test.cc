#include "server/optimizer/replicating_optimizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "common/random.h"
#include "server/optimizer/random_search.h"

namespace evoke {
namespace {

using Batch = std::vector<LatentPoint>;

// Proposes what it is given, and notes what it is told.
class ScriptedOptimizer final : public Optimizer {
 public:
  explicit ScriptedOptimizer(std::vector<Batch> script) : script_(std::move(script)) {}

  absl::StatusOr<Batch> Ask() override {
    ++asked;
    return script_.at(told.size());
  }
  absl::Status Tell(absl::Span<const Observation> observations) override {
    told.emplace_back(observations.begin(), observations.end());
    return absl::OkStatus();
  }
  absl::Status Adopt(absl::Span<const LatentPoint> batch) override {
    adopted.emplace_back(batch.begin(), batch.end());
    return absl::OkStatus();
  }
  absl::StatusOr<Recommendation> Best() const override {
    return absl::UnimplementedError("the decorator recommends");
  }

  int asked = 0;
  std::vector<std::vector<Observation>> told;
  std::vector<Batch> adopted;

 private:
  const std::vector<Batch> script_;
};

LatentSpace Line() {
  LatentSpace space;
  space.dimensions = {LatentDimension::Continuous(0, 1000, LatentDimension::Prior::kUniform)};
  return space;
}

Batch Points(std::vector<double> values) {
  Batch batch;
  for (double v : values) batch.push_back({v});
  return batch;
}

Observation Count(double count, int trials = 1) {
  return {.score = count, .variance = (count + 0.5) / trials, .trials = trials};
}

struct Scripted {
  explicit Scripted(std::vector<Batch> script, double share = 0.5) {
    auto owned = std::make_unique<ScriptedOptimizer>(std::move(script));
    inner = owned.get();
    optimizer = std::make_unique<ReplicatingOptimizer>(std::move(owned), share, Line());
  }
  ScriptedOptimizer* inner;
  std::unique_ptr<ReplicatingOptimizer> optimizer;
};

TEST(ReplicatingOptimizerTest, MeasuresContendersAgainTheBestByUpperConfidenceFirst) {
  Scripted s({Points({1, 2, 3, 4, 5, 6}), Points({11, 12})});
  ASSERT_EQ(*s.optimizer->Ask(), Points({1, 2, 3, 4, 5, 6}));
  // 90 and 100 can't be told apart, what is far below can.
  ASSERT_TRUE(
      s.optimizer->Tell({Count(0), Count(100), Count(10), Count(90), Count(5), Count(40)}).ok());
  EXPECT_EQ(*s.optimizer->Ask(), Points({11, 12, 2, 4}));
}

TEST(ReplicatingOptimizerTest, ShowsNothingAgainOnceTheBestHasNoRival) {
  Scripted s({Points({1, 2, 3, 4}), Points({11, 12})});
  ASSERT_TRUE(s.optimizer->Ask().ok());
  ASSERT_TRUE(s.optimizer->Tell({Count(0), Count(400), Count(10), Count(90)}).ok());
  EXPECT_EQ(*s.optimizer->Ask(), Points({11, 12}));
}

TEST(ReplicatingOptimizerTest, ShowsNothingAgainWithoutNoise) {
  Scripted s({Points({1, 2}), Points({11, 12})});
  ASSERT_TRUE(s.optimizer->Ask().ok());
  ASSERT_TRUE(s.optimizer->Tell({{.score = 3, .trials = 1}, {.score = 3, .trials = 1}}).ok());
  EXPECT_EQ(*s.optimizer->Ask(), Points({11, 12}));
}

TEST(ReplicatingOptimizerTest, KeepsToItsShare) {
  for (const double share : {0.1, 0.25, 0.5}) {
    std::vector<Batch> script;
    for (int i = 0; i < 100; ++i) script.push_back(Points({2.0 * i, 2.0 * i + 1}));
    Scripted s(script, share);
    int own = 0, all = 0;
    for (int i = 0; i < 100; ++i) {
      const Batch batch = *s.optimizer->Ask();
      own += 2;
      all += static_cast<int>(batch.size());
      ASSERT_TRUE(s.optimizer->Tell(std::vector<Observation>(batch.size(), Count(10))).ok());
    }
    // The first batch has nothing to repeat yet.
    EXPECT_LE(all - own, share * all + 1);
    EXPECT_GE(all - own, share * all - 3);
  }
}

TEST(ReplicatingOptimizerTest, TheInnerMethodIsToldOfItsOwnPointsOnly) {
  Scripted s({Points({1, 2}), Points({11, 12})});
  ASSERT_TRUE(s.optimizer->Ask().ok());
  ASSERT_TRUE(s.optimizer->Tell({Count(10), Count(12)}).ok());
  ASSERT_EQ(*s.optimizer->Ask(), Points({11, 12, 2, 1}));
  ASSERT_TRUE(s.optimizer->Tell({Count(3), Count(4), Count(20), Count(11)}).ok());
  ASSERT_EQ(s.inner->told.size(), 2u);
  ASSERT_EQ(s.inner->told[1].size(), 2u);
  EXPECT_EQ(s.inner->told[1][0].score, 3);
  EXPECT_EQ(s.inner->told[1][1].score, 4);
  // And recommends by all: (12 + 20) / 2 against (10 + 11) / 2.
  EXPECT_EQ(s.optimizer->Best()->point, LatentPoint{2});
}

TEST(ReplicatingOptimizerTest, APointAskedAgainIsToldWithAllMeasurementsSince) {
  Scripted s({Points({1, 2}), Points({11, 12}), Points({2, 13})});
  ASSERT_TRUE(s.optimizer->Ask().ok());
  ASSERT_TRUE(s.optimizer->Tell({Count(10), Count(12)}).ok());
  ASSERT_EQ(*s.optimizer->Ask(), Points({11, 12, 2, 1}));
  ASSERT_TRUE(s.optimizer->Tell({Count(3), Count(4), Count(20, 2), Count(11)}).ok());
  const Batch third = *s.optimizer->Ask();
  ASSERT_EQ(third[0], LatentPoint{2});
  EXPECT_EQ(std::count(third.begin(), third.end(), LatentPoint{2}), 1) << "twice in a batch";
  std::vector<Observation> answers(third.size(), Count(5));
  answers[0] = Count(14);
  ASSERT_TRUE(s.optimizer->Tell(answers).ok());
  // Not the 12 that it knows: two trials of 20 and one of 14.
  const Observation& told = s.inner->told[2][0];
  EXPECT_EQ(told.trials, 3);
  EXPECT_NEAR(told.score, 18, 1e-9);
  EXPECT_NEAR(told.variance, (4 * 20.5 / 2 + 14.5) / 9, 1e-9);
}

TEST(ReplicatingOptimizerTest, ALostReplicateIsNotToldAndALostPointIs) {
  Scripted s({Points({1, 2}), Points({11, 2}), Points({3})});
  ASSERT_TRUE(s.optimizer->Ask().ok());
  ASSERT_TRUE(s.optimizer->Tell({Count(10), Count(12)}).ok());
  const Batch second = *s.optimizer->Ask();
  ASSERT_EQ(second, Points({11, 2, 1}));
  ASSERT_TRUE(s.optimizer->Tell(std::vector<Observation>(second.size())).ok());
  ASSERT_EQ(s.inner->told[1].size(), 2u);
  EXPECT_EQ(s.inner->told[1][0].trials, 0);
  EXPECT_EQ(s.inner->told[1][1].trials, 0) << "was lost this time";
}

TEST(ReplicatingOptimizerTest, AdoptedBatchesAreSplitIntoReplicatesAndTheMethodsOwn) {
  Scripted s({Points({1, 2}), Points({11, 12}), Points({21})});
  // Before the first batch: all of it is the method's, and it is not asked for one of its own.
  ASSERT_TRUE(s.optimizer->Adopt(Points({5, 6})).ok());
  ASSERT_TRUE(s.optimizer->Tell({Count(1), Count(2)}).ok());
  EXPECT_THAT(s.inner->adopted, ::testing::ElementsAre(Points({5, 6})));
  EXPECT_EQ(s.inner->asked, 0);
  // Another version's: 5 again, and 7.
  ASSERT_TRUE(s.optimizer->Ask().ok());
  ASSERT_TRUE(s.optimizer->Adopt(Points({5, 7})).ok());
  ASSERT_TRUE(s.optimizer->Tell({Count(1), Count(2)}).ok());
  EXPECT_THAT(s.inner->adopted, ::testing::ElementsAre(Points({5, 6}), Points({7})));
  ASSERT_EQ(s.inner->told.back().size(), 1u);
  EXPECT_EQ(s.inner->told.back()[0].score, 2);
  // Other replicates, but the method's own batch: that is told, not adopted.
  ASSERT_EQ(s.optimizer->Ask()->front(), LatentPoint{21});
  ASSERT_TRUE(s.optimizer->Adopt(Points({21, 6})).ok());
  ASSERT_TRUE(s.optimizer->Tell({Count(8), Count(2)}).ok());
  EXPECT_EQ(s.inner->adopted.size(), 2u);
  EXPECT_EQ(s.inner->told.back()[0].score, 8);
}

// The mean true response to what is recommended after a budget of Poisson counts.
double MeanOfRecommended(double share, int budget) {
  // Few good ones among many mediocre ones.
  LatentSpace cube;
  cube.dimensions.assign(6, LatentDimension::Continuous(0, 1, LatentDimension::Prior::kUniform));
  const auto truth = [](const LatentPoint& p) {
    double squares = 0;
    for (double v : p) squares += (v - 0.3) * (v - 0.3);
    return 5 + 10 * std::exp(-squares / 0.18);
  };
  double sum = 0;
  constexpr int kRuns = 150;
  for (uint64_t seed = 0; seed < kRuns; ++seed) {
    std::unique_ptr<Optimizer> optimizer =
        std::make_unique<RandomSearch>(RandomSearchOptions{.batch_size = 10}, cube, seed);
    if (share > 0) {
      optimizer = std::make_unique<ReplicatingOptimizer>(std::move(optimizer), share, cube);
    }
    Rng noise(MixSeed({seed, HashText("noise")}));
    int shown = 0;
    while (shown < budget) {
      Batch batch = *optimizer->Ask();
      if (static_cast<int>(batch.size()) > budget - shown) {
        batch.resize(budget - shown);
        EXPECT_TRUE(optimizer->Adopt(batch).ok());
      }
      std::vector<Observation> answers;
      for (const LatentPoint& p : batch) {
        answers.push_back(Count(static_cast<double>(noise.Poisson(truth(p)))));
      }
      EXPECT_TRUE(optimizer->Tell(answers).ok());
      shown += static_cast<int>(batch.size());
    }
    sum += truth(optimizer->Best()->point) / kRuns;
  }
  return sum;
}

TEST(ReplicatingOptimizerTest, TheRecommendationOfRandomSearchGetsBetterAtTheSameBudget) {
  for (const auto& [budget, gain] : {std::pair{100, 0.1}, {300, 0.4}}) {
    const double once = MeanOfRecommended(0, budget);
    for (const double share : {0.1, 0.3, 0.5}) {
      EXPECT_GT(MeanOfRecommended(share, budget), once + gain) << budget << " " << share;
    }
  }
}

// A single high count is held for luck by the archive's shrunken estimate, which once kept it out
// of the race: the best point stayed unrecognised while mediocre ones were measured on and on.
TEST(ReplicatingOptimizerTest, ASingleHighCountIsMeasuredAgain) {
  std::vector<double> many;
  for (int i = 0; i < 100; ++i) many.push_back(i);
  Scripted s({Points(many), Points({200, 201})});
  ASSERT_TRUE(s.optimizer->Ask().ok());
  std::vector<Observation> answers(many.size(), Count(1));
  answers[3] = Count(8, 20);  // known well
  answers[7] = Count(20);
  ASSERT_TRUE(s.optimizer->Tell(answers).ok());
  EXPECT_EQ(s.optimizer->Best()->point, LatentPoint{3});
  EXPECT_EQ(*s.optimizer->Ask(), Points({200, 201, 7, 3}));
}

}  // namespace
}  // namespace evoke
