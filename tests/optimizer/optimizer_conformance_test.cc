// What every method owes to the loop, over every kind of latent space.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "common/random.h"
#include "server/optimizer/factory.h"
#include "server/optimizer/replicating_optimizer.h"
#include "tests/support/blob_generator.h"

namespace evoke {
namespace {

using Batch = std::vector<LatentPoint>;

// Which dimensions a method searches.
enum class Takes { kAll, kContinuous, kCategorical };

struct Method {
  std::string name;
  OptimizerOptions options;
  Takes takes = Takes::kAll;
  double replicate_share = 0;
};

struct Space {
  std::string name;
  LatentSpace space;
};

TtCrossOptions SmallTtCross(int rank, bool quantized, bool rect) {
  TtCrossOptions o;
  o.rank = rank;
  o.quantized = quantized;
  o.rect_maxvol = rect;
  o.max_batch = 12;
  o.initial_points = 6;
  return o;
}

// Small populations, so that a few rounds see every branch.
GeneticOptions SmallGenetic() {
  return {.population_size = 5, .mutation_rate = 0.3, .heritability = 0.8, .conserve = 3};
}

CmaEsOptions SmallCmaEs(CmaEsOptions::Variant variant) {
  return {.variant = variant, .population_size = 6, .sigma = 0.5};
}

std::vector<Method> Methods() {
  using Cma = CmaEsOptions::Variant;
  TtCrossOptions no_start = SmallTtCross(2, true, false);
  no_start.initial_points = 0;
  no_start.sweep_order = TtCrossOptions::SweepOrder::kRandom;
  TtCrossOptions blocks = SmallTtCross(2, true, false);
  blocks.map_stages = {{MapStage::Shape::kBlock, 1}, {MapStage::Shape::kBlock, 2}};
  blocks.stage_patience = 10;
  blocks.sweep_order = TtCrossOptions::SweepOrder::kNatural;
  const TtSamplingOptions small_plain = {
      .quantized = false, .rank = 2, .batch_size = 6, .elite = 2, .steps = 3, .grid_size = 10};
  return {{"RandomSearch", RandomSearchOptions{.batch_size = 7}},
          {"GeneticDefault", GeneticOptions{}, Takes::kContinuous},
          {"GeneticSmall", SmallGenetic(), Takes::kContinuous},
          {"GeneticNoMutation", GeneticOptions{.mutation_rate = 0}, Takes::kContinuous},
          {"CmaEsDefault", CmaEsOptions{}, Takes::kContinuous},
          {"CmaEsSeparable", SmallCmaEs(Cma::kSeparable), Takes::kContinuous},
          {"CmaEsFull", SmallCmaEs(Cma::kFull), Takes::kContinuous},
          {"CmaEsCholesky", SmallCmaEs(Cma::kCholesky), Takes::kContinuous},
          {"CmaEsSphere", SmallCmaEs(Cma::kSphere), Takes::kContinuous},
          {"OnePlusLambdaDefault", OnePlusLambdaOptions{}},
          {"OnePlusOne", OnePlusLambdaOptions{.lambda = 1, .mutation_rate = 0.2}},
          {"CodeGeneticDefault", CodeGeneticOptions{}, Takes::kCategorical},
          {"CodeGeneticSmall", CodeGeneticOptions{.initial_points = 3, .parents = 1, .children = 2},
           Takes::kCategorical},
          {"ModelSearch", ModelSearchOptions{.batch_size = 4, .initial_points = 6}},
          {"ModelSearchEvolution",
           ModelSearchOptions{.proposer = ModelSearchOptions::Proposer::kEvolution,
                              .batch_size = 3,
                              .initial_points = 4}},
          {"TtCrossDefault", TtCrossOptions{}},
          {"TtCrossRank1", SmallTtCross(1, true, false)},
          {"TtCrossPlainModes", SmallTtCross(3, false, false)},
          {"TtCrossRectangular", SmallTtCross(2, true, true)},
          {"TtCrossNoStart", no_start},
          {"TtCrossBlocks", blocks},
          {"TtCrossReplicated", TtCrossOptions{}, Takes::kAll, 0.4},
          {"QuasiRandom", QuasiRandomOptions{.batch_size = 7}},
          {"QuasiRandomReplicated", QuasiRandomOptions{}, Takes::kAll, 0.2},
          {"TtSamplingDefault", TtSamplingOptions{}},
          {"TtSamplingTt", TtSamplingOptions::Of(TtSamplingOptions::Preset::kTt)},
          {"TtSamplingTtS", TtSamplingOptions::Of(TtSamplingOptions::Preset::kTtS)},
          {"TtSamplingSmallPlain", small_plain},
          {"TtSamplingRank1", TtSamplingOptions{.rank = 1, .batch_size = 7, .elite = 7}},
          {"FiniteDifferenceDefault", FiniteDifferenceOptions{}, Takes::kContinuous},
          {"FiniteDifferenceOnePair", FiniteDifferenceOptions{.samples = 3}, Takes::kContinuous},
          {"NaturalEvolutionDefault", NaturalEvolutionOptions{}, Takes::kContinuous},
          {"NaturalEvolutionWide",
           NaturalEvolutionOptions{.samples = 4, .search_radius = 10, .radius_rate = 1},
           Takes::kContinuous}};
}

LatentSpace Continuous(int dimensions) {
  LatentSpace space;
  space.dimensions.assign(
      dimensions, LatentDimension::Continuous(-4, 4, LatentDimension::Prior::kStandardNormal));
  return space;
}

LatentSpace Categorical(std::vector<int> levels) {
  LatentSpace space;
  for (int n : levels) space.dimensions.push_back(LatentDimension::Categorical(n));
  return space;
}

std::vector<Space> Spaces() {
  LatentSpace map = Categorical(std::vector<int>(64, 512));
  map.map_rows = map.map_cols = 8;
  LatentSpace mixed = Categorical({5, 1, 37});
  mixed.dimensions.push_back(LatentDimension::Continuous(0, 1, LatentDimension::Prior::kUniform));
  mixed.dimensions.push_back(LatentDimension::Continuous(2, 2, LatentDimension::Prior::kUniform));
  return {{"Continuous1d", Continuous(1)},
          {"Continuous64d", Continuous(64)},
          {"CodeMap", map},
          {"Mixed", mixed},
          {"OneLevel", Categorical({1})},
          {"ThreePoints", Categorical({3, 1})}};
}

bool TakesSpace(const Method& method, const LatentSpace& space) {
  return std::all_of(
      space.dimensions.begin(), space.dimensions.end(), [&method](const LatentDimension& d) {
        const bool code = d.kind == LatentDimension::Kind::kCategorical;
        return method.takes == Takes::kAll || (method.takes == Takes::kCategorical) == code;
      });
}

// Every method with every space that it takes, or with every one that it does not.
std::vector<std::tuple<Method, Space>> Pairs(bool taken) {
  std::vector<std::tuple<Method, Space>> pairs;
  for (const Method& method : Methods()) {
    for (const Space& space : Spaces()) {
      if (TakesSpace(method, space.space) == taken) pairs.emplace_back(method, space);
    }
  }
  return pairs;
}

// A smooth function of the point with a different peak in every dimension.
double Score(const LatentSpace& space, const LatentPoint& point) {
  double score = 0;
  for (int i = 0; i < space.size(); ++i) {
    const LatentDimension& d = space.dimensions[i];
    const double width = d.upper > d.lower ? d.upper - d.lower : 1;
    const double peak = std::fmod(0.37 * (i + 1), 1.0);
    const double distance = (point[i] - d.lower) / width - peak;
    score += std::exp(-4 * distance * distance);
  }
  return score;
}

std::vector<Observation> Answer(const LatentSpace& space, const Batch& batch) {
  std::vector<Observation> answers;
  for (const LatentPoint& p : batch) {
    answers.push_back({.score = Score(space, p), .variance = 0, .trials = 1});
  }
  return answers;
}

std::vector<Observation> Lost(size_t count) { return std::vector<Observation>(count); }

class OptimizerConformanceTest : public ::testing::TestWithParam<std::tuple<Method, Space>> {
 protected:
  const LatentSpace& space() const { return std::get<1>(GetParam()).space; }
  bool small() const {
    return std::get<1>(GetParam()).name == "OneLevel" ||
           std::get<1>(GetParam()).name == "ThreePoints";
  }
  std::unique_ptr<Optimizer> New(uint64_t seed = 5) const {
    auto optimizer = CreateOptimizer(std::get<0>(GetParam()).options, space(), seed,
                                     std::make_shared<BlobGenerator>(space()));
    EXPECT_TRUE(optimizer.ok()) << optimizer.status();
    const double share = std::get<0>(GetParam()).replicate_share;
    if (share == 0) return *std::move(optimizer);
    return std::make_unique<ReplicatingOptimizer>(*std::move(optimizer), share, space());
  }
  // Up to `batches` rounds of ask and tell; fewer if the space ends. The batches.
  std::vector<Batch> Run(Optimizer& optimizer, int batches) const {
    std::vector<Batch> all;
    for (int i = 0; i < batches; ++i) {
      auto batch = optimizer.Ask();
      if (absl::IsResourceExhausted(batch.status())) break;
      EXPECT_TRUE(batch.ok()) << batch.status();
      EXPECT_TRUE(optimizer.Tell(Answer(space(), *batch)).ok());
      all.push_back(*batch);
    }
    return all;
  }
};

constexpr int kRounds = 40;

TEST_P(OptimizerConformanceTest, GivesTheSameBatchUntilTold) {
  auto optimizer = New();
  const Batch first = *optimizer->Ask();
  EXPECT_EQ(*optimizer->Ask(), first);
  ASSERT_TRUE(optimizer->Tell(Answer(space(), first)).ok());
  const auto second = optimizer->Ask();
  if (second.ok()) {
    EXPECT_NE(*second, first);
    EXPECT_EQ(*optimizer->Ask(), *second);
  }
}

TEST_P(OptimizerConformanceTest, PointsLieInTheSpaceAndAreNeverRepeated) {
  auto optimizer = New();
  std::set<LatentPoint> seen;
  for (const Batch& batch : Run(*optimizer, kRounds)) {
    EXPECT_FALSE(batch.empty());
    for (const LatentPoint& point : batch) {
      EXPECT_TRUE(space().Contains(point).ok()) << space().Contains(point);
      EXPECT_TRUE(seen.insert(point).second) << "shown twice";
    }
  }
}

TEST_P(OptimizerConformanceTest, IsDeterministicForASeed) {
  auto a = New(11), b = New(11), c = New(12);
  const auto run_a = Run(*a, kRounds);
  EXPECT_EQ(run_a, Run(*b, kRounds));
  if (!small()) {
    EXPECT_NE(run_a, Run(*c, kRounds));
  }
}

TEST_P(OptimizerConformanceTest, ReplayGoesOnBitForBit) {
  auto original = New();
  const auto before = Run(*original, kRounds / 2);
  auto replayed = New();
  for (const Batch& batch : before) {
    ASSERT_EQ(*replayed->Ask(), batch);
    ASSERT_TRUE(replayed->Tell(Answer(space(), batch)).ok());
  }
  EXPECT_EQ(Run(*original, kRounds / 2), Run(*replayed, kRounds / 2));
  EXPECT_EQ(original->Best()->point, replayed->Best()->point);
}

TEST_P(OptimizerConformanceTest, AdoptedBatchTakesThePlaceOfTheProposedOne) {
  auto optimizer = New();
  Rng rng(3);
  for (int round = 0; round < 6; ++round) {
    if (!optimizer->Ask().ok()) break;
    // Of another size than the proposal, and with a point that stands out.
    Batch foreign;
    for (int i = 0; i <= round % 3; ++i) foreign.push_back(space().Sample(rng));
    ASSERT_TRUE(optimizer->Adopt(foreign).ok());
    EXPECT_EQ(*optimizer->Ask(), foreign);
    auto answers = Answer(space(), foreign);
    if (round == 2) answers[0].score = 1000;
    ASSERT_TRUE(optimizer->Tell(answers).ok());
    if (round == 2 && !small()) {
      EXPECT_EQ(optimizer->Best()->point, foreign[0]);
    }
    Run(*optimizer, 2);
  }
  EXPECT_TRUE(optimizer->Best().ok());
}

TEST_P(OptimizerConformanceTest, AdoptsBeforeTheFirstAsk) {
  auto optimizer = New();
  Rng rng(4);
  const Batch foreign = {space().Sample(rng)};
  ASSERT_TRUE(optimizer->Adopt(foreign).ok());
  ASSERT_TRUE(optimizer->Tell(Answer(space(), foreign)).ok());
  EXPECT_EQ(optimizer->Best()->point, foreign[0]);
  Run(*optimizer, 3);
}

TEST_P(OptimizerConformanceTest, AdoptRejectsPointsOutsideTheSpace) {
  auto optimizer = New();
  const Batch proposed = *optimizer->Ask();
  LatentPoint outside = proposed[0];
  outside[0] = 1e6;
  EXPECT_TRUE(absl::IsInvalidArgument(optimizer->Adopt({proposed[0], outside})));
  EXPECT_TRUE(absl::IsInvalidArgument(optimizer->Adopt({})));
  EXPECT_TRUE(absl::IsInvalidArgument(optimizer->Adopt({LatentPoint()})));
  EXPECT_EQ(*optimizer->Ask(), proposed);
}

TEST_P(OptimizerConformanceTest, LostCandidatesDoNotStopIt) {
  auto optimizer = New();
  Rng rng(9);
  int valid = 0;
  for (int round = 0; round < kRounds; ++round) {
    const auto batch = optimizer->Ask();
    if (!batch.ok()) break;
    std::vector<Observation> answers = Answer(space(), *batch);
    for (Observation& o : answers) {
      // Of a lost candidate score and variance mean nothing, also when they are no numbers.
      if (rng.Uniform() < 0.4) o = {.score = std::nan(""), .variance = -1, .trials = 0};
      valid += o.trials;
    }
    ASSERT_TRUE(optimizer->Tell(answers).ok());
    ASSERT_EQ(optimizer->Best().ok(), valid > 0);
  }
  if (valid > 0) {
    EXPECT_TRUE(std::isfinite(optimizer->Best()->score));
  }
}

TEST_P(OptimizerConformanceTest, WholeLostBatchesAreAskedAgainABoundedNumberOfTimes) {
  auto optimizer = New();
  std::map<LatentPoint, int> shown;
  int told = 0;
  for (int round = 0; round < 10; ++round) {
    const auto batch = optimizer->Ask();
    if (!batch.ok()) {
      EXPECT_TRUE(absl::IsResourceExhausted(batch.status())) << batch.status();
      EXPECT_TRUE(small());
      break;
    }
    for (const LatentPoint& p : *batch) EXPECT_LE(++shown[p], ObservationArchive::kMaxLosses);
    ASSERT_TRUE(optimizer->Tell(Lost(batch->size())).ok());
    ++told;
  }
  EXPECT_GT(told, 1);
  EXPECT_TRUE(absl::IsFailedPrecondition(optimizer->Best().status()));
  if (!small()) {
    EXPECT_FALSE(Run(*optimizer, 5).empty());
    EXPECT_TRUE(optimizer->Best().ok());
  }
}

TEST_P(OptimizerConformanceTest, RejectedTellsChangeNothing) {
  auto optimizer = New(), untouched = New();
  for (int round = 0; round < 5; ++round) {
    const auto batch = optimizer->Ask();
    if (!batch.ok()) break;
    const std::vector<Observation> good = Answer(space(), *batch);
    const size_t last = good.size() - 1;
    for (double bad : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
      auto score = good, variance = good;
      score[last].score = bad;
      variance[last].variance = bad;
      for (const auto& answers : {score, variance}) {
        const absl::Status status = optimizer->Tell(answers);
        EXPECT_TRUE(absl::IsInvalidArgument(status));
        EXPECT_THAT(std::string(status.message()),
                    ::testing::HasSubstr("observation " + std::to_string(last)));
      }
    }
    auto answers = good;
    answers[last].variance = -1;
    EXPECT_TRUE(absl::IsInvalidArgument(optimizer->Tell(answers)));
    answers = good;
    answers[last].trials = -1;
    EXPECT_TRUE(absl::IsInvalidArgument(optimizer->Tell(answers)));
    answers = good;
    answers.push_back(good[0]);
    EXPECT_TRUE(absl::IsInvalidArgument(optimizer->Tell(answers)));
    EXPECT_TRUE(absl::IsInvalidArgument(optimizer->Tell({})));
    if (round == 0) {
      EXPECT_TRUE(absl::IsFailedPrecondition(optimizer->Best().status()));
    }
    EXPECT_EQ(*optimizer->Ask(), *batch);
    ASSERT_TRUE(optimizer->Tell(good).ok());
    ASSERT_EQ(*untouched->Ask(), *batch);
    ASSERT_TRUE(untouched->Tell(good).ok());
  }
  EXPECT_EQ(Run(*optimizer, 5), Run(*untouched, 5));
}

TEST_P(OptimizerConformanceTest, TellWithoutABatchFails) {
  auto optimizer = New();
  EXPECT_TRUE(absl::IsFailedPrecondition(optimizer->Tell(Lost(1))));
  Run(*optimizer, 1);
  EXPECT_TRUE(absl::IsFailedPrecondition(optimizer->Tell(Lost(1))));
}

TEST_P(OptimizerConformanceTest, RecommendsTheBestPointOfANoiseFreeRun) {
  auto optimizer = New();
  EXPECT_TRUE(absl::IsFailedPrecondition(optimizer->Best().status()));
  double best = -HUGE_VAL;
  for (const Batch& batch : Run(*optimizer, kRounds)) {
    for (const LatentPoint& point : batch) best = std::max(best, Score(space(), point));
  }
  EXPECT_EQ(optimizer->Best()->score, best);
  EXPECT_EQ(Score(space(), optimizer->Best()->point), best);
  EXPECT_EQ(optimizer->Best()->standard_error, 0);
}

TEST_P(OptimizerConformanceTest, EqualAnswersDoNotStopIt) {
  auto optimizer = New();
  for (int round = 0; round < kRounds; ++round) {
    const auto batch = optimizer->Ask();
    if (!batch.ok()) break;
    ASSERT_TRUE(
        optimizer->Tell(std::vector<Observation>(batch->size(), {.score = 0, .trials = 1})).ok());
  }
  EXPECT_EQ(optimizer->Best()->score, 0);
}

TEST_P(OptimizerConformanceTest, EndsOnlyWhenTheSpaceIsUsedUp) {
  auto optimizer = New();
  std::set<LatentPoint> seen;
  // Enough for a small space to end.
  for (const Batch& batch : Run(*optimizer, small() ? 200 : 30))
    seen.insert(batch.begin(), batch.end());
  if (small()) {
    EXPECT_EQ(seen.size(), space().dimensions[0].levels);
    EXPECT_TRUE(absl::IsResourceExhausted(optimizer->Ask().status()));
    EXPECT_TRUE(optimizer->Best().ok());
  } else {
    EXPECT_TRUE(optimizer->Ask().ok());
  }
}

INSTANTIATE_TEST_SUITE_P(Methods, OptimizerConformanceTest,
                         ::testing::ValuesIn(Pairs(/*taken=*/true)), [](const auto& instance) {
                           return std::get<0>(instance.param).name + "_" +
                                  std::get<1>(instance.param).name;
                         });

TEST(OptimizerFactoryTest, NamesTheFieldThatIsWrong) {
  const LatentSpace space = Categorical({4});
  const auto message = [&space](const OptimizerOptions& options) {
    const auto optimizer = CreateOptimizer(options, space, 1);
    EXPECT_TRUE(absl::IsInvalidArgument(optimizer.status()));
    return std::string(optimizer.status().message());
  };
  using ::testing::HasSubstr;
  EXPECT_THAT(message(RandomSearchOptions{.batch_size = 0}), HasSubstr("random_search.batch_size"));
  EXPECT_THAT(message(QuasiRandomOptions{.batch_size = 0}), HasSubstr("quasi_random.batch_size"));
  EXPECT_THAT(message(TtSamplingOptions{.elite = 0}), HasSubstr("tt_sampling.elite"));
  EXPECT_THAT(message(FiniteDifferenceOptions{.samples = 1}),
              HasSubstr("finite_difference.samples"));
  EXPECT_THAT(message(FiniteDifferenceOptions{.search_radius = 0}),
              HasSubstr("finite_difference.search_radius"));
  EXPECT_THAT(message(FiniteDifferenceOptions{.learning_rate = std::nan("")}),
              HasSubstr("finite_difference.learning_rate"));
  EXPECT_THAT(message(NaturalEvolutionOptions{.samples = 5000}),
              HasSubstr("natural_evolution.samples"));
  EXPECT_THAT(message(NaturalEvolutionOptions{.search_radius = -1}),
              HasSubstr("natural_evolution.search_radius"));
  EXPECT_THAT(message(NaturalEvolutionOptions{.learning_rate = 0}),
              HasSubstr("natural_evolution.learning_rate"));
  EXPECT_THAT(message(NaturalEvolutionOptions{.radius_rate = -1}),
              HasSubstr("natural_evolution.radius_rate"));
  EXPECT_THAT(message(TtCrossOptions{.rank = 0}), HasSubstr("tt_cross.rank"));
  EXPECT_THAT(message(TtCrossOptions{.digit_base = 1}), HasSubstr("tt_cross.digit_base"));
  EXPECT_THAT(message(TtCrossOptions{.grid_size = 1}), HasSubstr("tt_cross.grid_size"));
  EXPECT_THAT(message(TtCrossOptions{.max_batch = 0}), HasSubstr("tt_cross.max_batch"));
  EXPECT_THAT(message(TtCrossOptions{.initial_points = -1}), HasSubstr("tt_cross.initial_points"));
  EXPECT_THAT(message(TtCrossOptions{.row_spread = std::nan("")}),
              HasSubstr("tt_cross.row_spread"));
  EXPECT_THAT(message(TtCrossOptions{.map_stages = {{MapStage::Shape::kTile, 0}}}),
              HasSubstr("tt_cross.map_stages.size"));
  EXPECT_THAT(message(TtCrossOptions{.stage_patience = -1}), HasSubstr("tt_cross.stage_patience"));
  EXPECT_THAT(message(TtCrossOptions{.incumbent_measurements = 0}),
              HasSubstr("tt_cross.incumbent_measurements"));
}

TEST(OptimizerFactoryTest, NamesTheFieldOfAnEvolutionaryMethodThatIsWrong) {
  const std::vector<std::pair<OptimizerOptions, std::string>> wrong = {
      {GeneticOptions{.population_size = 1}, "genetic.population_size"},
      {GeneticOptions{.mutation_rate = 1.5}, "genetic.mutation_rate"},
      {GeneticOptions{.mutation_size = 0}, "genetic.mutation_size"},
      {GeneticOptions{.selectivity = std::nan("")}, "genetic.selectivity"},
      {GeneticOptions{.heritability = -0.1}, "genetic.heritability"},
      {GeneticOptions{.conserve = 20}, "genetic.conserve"},
      {GeneticOptions{.clip_percentile = 101}, "genetic.clip_percentile"},
      {CmaEsOptions{.population_size = 1}, "cma_es.population_size"},
      {CmaEsOptions{.sigma = HUGE_VAL}, "cma_es.sigma"},
      {OnePlusLambdaOptions{.lambda = 0}, "one_plus_lambda.lambda"},
      {OnePlusLambdaOptions{.mutation_rate = 2}, "one_plus_lambda.mutation_rate"},
      {CodeGeneticOptions{.initial_points = 0}, "code_genetic.initial_points"},
      {CodeGeneticOptions{.parents = 0}, "code_genetic.parents"},
      {CodeGeneticOptions{.children = 0}, "code_genetic.children"}};
  for (const auto& [options, field] : wrong) {
    const auto optimizer = CreateOptimizer(options, Continuous(2), 1);
    EXPECT_TRUE(absl::IsInvalidArgument(optimizer.status())) << field;
    EXPECT_THAT(std::string(optimizer.status().message()), ::testing::HasSubstr(field));
  }
}

TEST(OptimizerFactoryTest, NamesTheDimensionThatAMethodDoesNotTake) {
  for (const auto& [method, space] : Pairs(/*taken=*/false)) {
    const auto optimizer = CreateOptimizer(method.options, space.space, 1);
    EXPECT_TRUE(absl::IsInvalidArgument(optimizer.status())) << method.name << " " << space.name;
    EXPECT_THAT(std::string(optimizer.status().message()), ::testing::HasSubstr("dimension "));
  }
}

TEST(OptimizerFactoryTest, NamesTheDimensionThatIsWrong) {
  const auto optimizer = CreateOptimizer(RandomSearchOptions{}, Categorical({4, 0}), 1);
  EXPECT_TRUE(absl::IsInvalidArgument(optimizer.status()));
  EXPECT_THAT(std::string(optimizer.status().message()), ::testing::HasSubstr("dimension 1"));
}

}  // namespace
}  // namespace evoke
