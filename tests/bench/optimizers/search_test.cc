#include "tests/bench/optimizers/search.h"

#include <set>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/optimizer/factory.h"

namespace evoke {
namespace {

using testing::ElementsAre;

LatentSpace Line(int levels) { return {.dimensions = {LatentDimension::Categorical(levels)}}; }

std::unique_ptr<Optimizer> RandomOf(const LatentSpace& space, int batch) {
  return *CreateOptimizer(RandomSearchOptions{.batch_size = batch}, space, 1);
}

// Answers with the code itself, and counts what is shown.
class Neuron {
 public:
  ExpectedCounts Counts() {
    return [this](absl::Span<const LatentPoint> points) -> absl::StatusOr<std::vector<double>> {
      std::vector<double> counts;
      for (const LatentPoint& point : points) {
        counts.push_back(point[0]);
        seen_.insert(point[0]);
      }
      return counts;
    };
  }
  const std::set<double>& seen() const { return seen_; }

 private:
  std::set<double> seen_;
};

TEST(SearchTest, BudgetsHoldTheColumnsAndEndWithTheLast) {
  const std::vector<int> budgets = BudgetsFor({90, 333});
  EXPECT_TRUE(std::is_sorted(budgets.begin(), budgets.end()));
  EXPECT_THAT(budgets, testing::IsSupersetOf({90, 100, 300, 333}));
  EXPECT_EQ(budgets.back(), 333);
}

TEST(SearchTest, ABatchThatDoesNotFitIsNotShown) {
  Neuron neuron;
  BenchmarkRun run;
  ASSERT_TRUE(Search(RandomOf(Line(1000), 8), neuron.Counts(), {20, 30, 40}, &run).ok());
  ASSERT_EQ(run.points.size(), 3);
  EXPECT_EQ(run.points[0].presentations, 16);
  EXPECT_EQ(run.points[1].presentations, 24);
  EXPECT_EQ(run.points[2].presentations, 40);
}

TEST(SearchTest, AFirstBatchIsCutSoThatSomethingCanBeRecommended) {
  Neuron neuron;
  BenchmarkRun run;
  ASSERT_TRUE(Search(RandomOf(Line(1000), 64), neuron.Counts(), {20, 100}, &run).ok());
  EXPECT_EQ(run.points[0].presentations, 20);
  EXPECT_EQ(run.points[1].presentations, 84);
}

TEST(SearchTest, RecommendedAndBestShownAreWithoutNoise) {
  Neuron neuron;
  BenchmarkRun run;
  run.key.noise = Noise::kPoisson;
  ASSERT_TRUE(Search(RandomOf(Line(1000), 8), neuron.Counts(), {100}, &run).ok());
  EXPECT_EQ(run.points[0].best_shown, *neuron.seen().rbegin());
  EXPECT_TRUE(neuron.seen().contains(run.points[0].recommended));
  EXPECT_GE(run.points[0].seconds, 0);
}

TEST(SearchTest, WithoutNoiseTheBestIsRecommended) {
  Neuron neuron;
  BenchmarkRun run;
  ASSERT_TRUE(Search(RandomOf(Line(1000), 8), neuron.Counts(), {100}, &run).ok());
  EXPECT_EQ(run.points[0].recommended, run.points[0].best_shown);
}

TEST(SearchTest, AMethodThatHasNothingLeftKeepsItsRecommendation) {
  Neuron neuron;
  BenchmarkRun run;
  ASSERT_TRUE(Search(RandomOf(Line(5), 8), neuron.Counts(), {4, 100, 200}, &run).ok());
  EXPECT_EQ(run.points[2].presentations, 5);
  EXPECT_EQ(run.points[2].recommended, 4);
}

TEST(SearchTest, AnErrorOfTheNeuronEndsTheSearch) {
  BenchmarkRun run;
  const auto failing = [](absl::Span<const LatentPoint>) -> absl::StatusOr<std::vector<double>> {
    return absl::DataLossError("no network");
  };
  EXPECT_EQ(Search(RandomOf(Line(5), 2), failing, {4}, &run).message(), "no network");
}

TEST(SearchTest, TheTimeOfAProposalIsThatBetween250And350) {
  BenchmarkRun run;
  run.points = {{.budget = 250, .presentations = 240, .seconds = 1},
                {.budget = 300, .presentations = 300, .seconds = 9},
                {.budget = 350, .presentations = 340, .seconds = 1.2}};
  EXPECT_NEAR(*ProposalMillis(run), 2, 1e-9);
  run.points.pop_back();
  EXPECT_FALSE(ProposalMillis(run).has_value());
}

}  // namespace
}  // namespace evoke
