// The search over a model of the responses, on a generator whose images are known.
#include "server/optimizer/model/model_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "common/random.h"
#include "server/optimizer/factory.h"
#include "tests/support/blob_generator.h"

namespace evoke {
namespace {

using Proposer = ModelSearchOptions::Proposer;

LatentSpace Normals(int count) {
  LatentSpace space;
  space.dimensions.assign(
      static_cast<size_t>(count),
      LatentDimension::Continuous(-4, 4, LatentDimension::Prior::kStandardNormal));
  return space;
}

LatentSpace Codes() {
  LatentSpace space;
  space.dimensions.assign(16, LatentDimension::Categorical(32));
  space.map_rows = space.map_cols = 4;
  return space;
}

// A neuron that likes one image of the generator, up to 100 spikes.
class Neuron {
 public:
  Neuron(const Generator& generator, uint64_t seed) : generator_(generator) {
    Rng rng(seed);
    const LatentPoint liked = generator.latent_space().Sample(rng);
    image_ = (*generator.Decode({&liked, 1}))[0];
  }
  double Rate(const LatentPoint& point) const {
    const Image shown = (*generator_.Decode({&point, 1}))[0];
    double square = 0;
    for (size_t i = 0; i < shown.rgb.size(); ++i) {
      const double d = (shown.rgb[i] - image_.rgb[i]) / 255.0;
      square += d * d;
    }
    return 100 * std::exp(-square / 0.5);
  }

 private:
  const Generator& generator_;
  Image image_;
};

// The rate of what is recommended after `budget` presentations.
double Search(Optimizer& optimizer, const Neuron& neuron, int budget, bool noisy,
              double* estimate = nullptr) {
  Rng noise(99);
  for (int shown = 0; shown < budget;) {
    const std::vector<LatentPoint> batch = *optimizer.Ask();
    std::vector<Observation> observations;
    for (const LatentPoint& point : batch) {
      const double rate = neuron.Rate(point);
      const double seen = noisy ? static_cast<double>(noise.Poisson(rate)) : rate;
      observations.push_back({seen, noisy ? seen + 0.5 : 0, 1});
    }
    EXPECT_TRUE(optimizer.Tell(observations).ok());
    shown += static_cast<int>(batch.size());
  }
  const Recommendation best = *optimizer.Best();
  if (estimate != nullptr) *estimate = best.score;
  return neuron.Rate(best.point);
}

double Found(const OptimizerOptions& options, std::shared_ptr<const Generator> generator,
             int budget, bool noisy = false) {
  double sum = 0;
  for (const uint64_t seed : {1, 2, 3}) {
    const Neuron neuron(*generator, 20 + seed);
    auto optimizer = CreateOptimizer(options, generator->latent_space(), seed, generator);
    EXPECT_TRUE(optimizer.ok()) << optimizer.status();
    sum += Search(**optimizer, neuron, budget, noisy) / 3;
  }
  return sum;
}

class ModelSearchTest : public testing::TestWithParam<Proposer> {};

TEST_P(ModelSearchTest, FindsInAHundredPresentationsWhatRandomSearchDoesNotInFiveHundred) {
  const auto generator = std::make_shared<BlobGenerator>(Normals(12));
  const double found = Found(ModelSearchOptions{.proposer = GetParam()}, generator, 100);
  EXPECT_GT(found, 1.2 * Found(RandomSearchOptions{}, generator, 500));
}

TEST_P(ModelSearchTest, FindsItThroughPoissonNoiseToo) {
  const auto generator = std::make_shared<BlobGenerator>(Normals(12));
  const double found = Found(ModelSearchOptions{.proposer = GetParam()}, generator, 200, true);
  EXPECT_GT(found, 1.2 * Found(RandomSearchOptions{}, generator, 500, true));
}

TEST_P(ModelSearchTest, NeedsNoGradients) {
  const auto generator = std::make_shared<BlobGenerator>(Normals(12), /*gradients=*/false);
  const double found = Found(ModelSearchOptions{.proposer = GetParam()}, generator, 150);
  EXPECT_GT(found, 1.2 * Found(RandomSearchOptions{}, generator, 500));
}

TEST_P(ModelSearchTest, SearchesCodes) {
  const auto generator = std::make_shared<BlobGenerator>(Codes());
  const double found = Found(ModelSearchOptions{.proposer = GetParam()}, generator, 150);
  EXPECT_GT(found, 1.2 * Found(RandomSearchOptions{}, generator, 500));
}

std::string NameOf(const testing::TestParamInfo<Proposer>& info) {
  constexpr const char* kNames[] = {"Best", "TtCross", "TtCrossAlone", "Gradient", "Evolution"};
  return kNames[static_cast<int>(info.param)];
}
INSTANTIATE_TEST_SUITE_P(Proposers, ModelSearchTest,
                         testing::Values(Proposer::kBest, Proposer::kTtCross,
                                         Proposer::kTtCrossAlone, Proposer::kGradient,
                                         Proposer::kEvolution),
                         NameOf);

TEST(ModelSearchBehaviourTest, EstimatesWhatItRecommends) {
  const auto generator = std::make_shared<BlobGenerator>(Normals(12));
  const Neuron neuron(*generator, 5);
  ModelSearch search({}, generator, 1);
  double estimate = 0;
  const double rate = Search(search, neuron, 200, true, &estimate);
  const Recommendation best = *search.Best();
  EXPECT_GT(best.standard_error, 0);
  EXPECT_LT(best.standard_error, std::sqrt(rate));  // better known than from its one count
  // Shrunk, for a model is smoother than this neuron.
  EXPECT_NEAR(estimate, rate, 0.3 * rate);
}

TEST(ModelSearchBehaviourTest, BeginsFromWhatWasAdopted) {
  const auto generator = std::make_shared<BlobGenerator>(Normals(12));
  const Neuron neuron(*generator, 5);
  ModelSearch search({.initial_points = 20}, generator, 1);
  Rng rng(4);
  std::vector<LatentPoint> start(25);
  std::vector<Observation> observations;
  for (LatentPoint& point : start) {
    point = generator->latent_space().Sample(rng);
    observations.push_back({neuron.Rate(point), 0, 1});
  }
  ASSERT_TRUE(search.Adopt(start).ok());
  ASSERT_TRUE(search.Tell(observations).ok());
  // No more draws from the prior: the model's batch.
  EXPECT_EQ(search.Ask()->size(), 8);
}

TEST(ModelSearchBehaviourTest, BeginsFromMorePointsThanTheModelKeeps) {
  const auto generator = std::make_shared<BlobGenerator>(Normals(4));
  const Neuron neuron(*generator, 5);
  ModelSearch search({}, generator, 1);
  Rng rng(4);
  std::vector<LatentPoint> start(ResponseModel::kMostPoints + 50);
  std::vector<Observation> observations;
  double best = 0;
  for (LatentPoint& point : start) {
    point = generator->latent_space().Sample(rng);
    observations.push_back({neuron.Rate(point), 0, 1});
    best = std::max(best, observations.back().score);
  }
  ASSERT_TRUE(search.Adopt(start).ok());
  ASSERT_TRUE(search.Tell(observations).ok());
  EXPECT_EQ(search.Ask()->size(), 8);
  EXPECT_EQ(search.Best()->score, best);
}

TEST(ModelSearchBehaviourTest, AReplayThatOnlyAdoptsComesToTheSameBatch) {
  const auto generator = std::make_shared<BlobGenerator>(Normals(12));
  const Neuron neuron(*generator, 5);
  ModelSearch live({}, generator, 1), replayed({}, generator, 1);
  for (int i = 0; i < 8; ++i) {
    const std::vector<LatentPoint> batch = *live.Ask();
    std::vector<Observation> observations;
    for (const LatentPoint& point : batch) observations.push_back({neuron.Rate(point), 0, 1});
    ASSERT_TRUE(live.Tell(observations).ok());
    ASSERT_TRUE(replayed.Adopt(batch).ok());
    ASSERT_TRUE(replayed.Tell(observations).ok());
  }
  EXPECT_EQ(*live.Ask(), *replayed.Ask());
}

TEST(ModelSearchBehaviourTest, ASilentNeuronIsShownFreshPoints) {
  const auto generator = std::make_shared<BlobGenerator>(Normals(3));
  ModelSearch search({}, generator, 1);
  for (int i = 0; i < 6; ++i) {
    const std::vector<LatentPoint> batch = *search.Ask();
    ASSERT_TRUE(search.Tell(std::vector<Observation>(batch.size(), {0, 0.5, 1})).ok());
  }
  EXPECT_EQ(search.Best()->score, 0);
}

TEST(ModelSearchBehaviourTest, NeedsAGenerator) {
  const auto made = CreateOptimizer(ModelSearchOptions{}, Normals(3), 1);
  EXPECT_TRUE(absl::IsInvalidArgument(made.status()));
  EXPECT_THAT(std::string(made.status().message()), testing::HasSubstr("needs a generator"));
}

TEST(ModelSearchBehaviourTest, OptionsAreChecked) {
  EXPECT_THAT(std::string(ModelSearchOptions{.batch_size = 0}.Validate().message()),
              testing::HasSubstr("model_search.batch_size"));
  EXPECT_THAT(std::string(ModelSearchOptions{.initial_points = 1}.Validate().message()),
              testing::HasSubstr("model_search.initial_points"));
}

}  // namespace
}  // namespace evoke
