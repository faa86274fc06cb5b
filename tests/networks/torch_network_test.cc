#include "sim_backend/networks/torch_network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <thread>

#include "tests/networks/naive_network.h"
#include "tests/networks/random_network.h"

namespace evoke {
namespace {

using ::testing::HasSubstr;
using Precision = TorchNetworkOptions::Precision;

std::unique_ptr<TorchNetwork> Create(const WeightsFile& file,
                                     const TorchNetworkOptions& options = {}) {
  absl::StatusOr<std::unique_ptr<TorchNetwork>> network = TorchNetwork::Create(file, options);
  if (!network.ok()) ADD_FAILURE() << network.status();
  return *std::move(network);
}

// Pooled, first and last position of two channels in every layer.
std::vector<NetworkUnit> SomeUnits(const Network& network) {
  std::vector<NetworkUnit> units;
  for (int l = 0; l < static_cast<int>(network.layers().size()); ++l) {
    const NetworkLayer& layer = network.layers()[l];
    for (const int channel : {0, layer.channels - 1}) {
      units.push_back({l, channel, -1, -1});
      units.push_back({l, channel, 0, 0});
      units.push_back({l, channel, layer.rows - 1, layer.cols - 1});
    }
  }
  return units;
}

// What the definition says the unit does in step `t`: spikes, or the activation.
double Expected(const LayerOutputs& outputs, const std::vector<NetworkLayer>& layers,
                const NetworkUnit& unit, int t, bool mean) {
  const NetworkLayer& layer = layers[unit.layer];
  const int positions = layer.rows * layer.cols;
  const double* map = &outputs[unit.layer][t][unit.channel * positions];
  if (unit.row >= 0) return map[unit.row * layer.cols + unit.col];
  const double sum = std::accumulate(map, map + positions, 0.0);
  return mean ? sum / positions : sum;
}

class FamilyTest : public testing::TestWithParam<std::string> {
 protected:
  const Architecture architecture_ = SmallArchitecture(GetParam());
  const WeightsFile file_ = RandomWeights(architecture_, 3);
  const std::vector<Image> images_ = RandomImages(3, architecture_.image_size, 8);
  const bool spiking_ = architecture_.neurons == NeuronModel::kLif;
};

TEST_P(FamilyTest, AnswersAsTheDefinitionSays) {
  const auto network = Create(file_, {.precision = Precision::kFloat64});
  const std::vector<NetworkUnit> units = SomeUnits(*network);
  const auto responses = network->Respond(images_, units).value();
  double total = 0;
  for (size_t i = 0; i < images_.size(); ++i) {
    const LayerOutputs outputs = RunNaively(architecture_, file_, images_[i]);
    for (size_t u = 0; u < units.size(); ++u) {
      ASSERT_EQ(responses[i][u].size(), 6u);
      for (int t = 0; t < 6; ++t) {
        // Without rates in the file: 1 spike/s for an activation of 1, steps of 2 ms.
        const double gain = spiking_ ? 1 : 0.002;
        const double expected = gain * Expected(outputs, network->layers(), units[u], t, !spiking_);
        ASSERT_NEAR(responses[i][u][t], expected, spiking_ ? 0 : 1e-6)
            << "image " << i << ", unit " << u << ", step " << t;
        total += expected;
      }
    }
  }
  EXPECT_GT(total, 0);
}

TEST_P(FamilyTest, SinglePrecisionAnswersNearlyTheSame) {
  const auto wide = Create(file_, {.precision = Precision::kFloat64});
  const auto single = Create(file_);
  int different = 0;
  int all = 0;
  for (int l = 0; l < static_cast<int>(wide->layers().size()); ++l) {
    const std::vector<float> a = wide->LayerCounts(images_, l).value();
    const std::vector<float> b = single->LayerCounts(images_, l).value();
    ASSERT_EQ(a.size(), b.size());
    for (size_t i = 0; i < a.size(); ++i) {
      different += spiking_ ? a[i] != b[i] : std::abs(a[i] - b[i]) > 1e-4 * (1 + a[i]);
    }
    all += static_cast<int>(a.size());
  }
  EXPECT_LE(different, all / 200);  // a spike at the threshold may flip, and others by it
}

TEST_P(FamilyTest, BatchesAndCompanyDoNotMatter) {
  const auto network = Create(file_);
  const std::vector<NetworkUnit> units = SomeUnits(*network);
  const auto together = network->Respond(images_, units).value();
  for (size_t i = 0; i < images_.size(); ++i) {
    EXPECT_EQ(network->Respond({images_[i]}, units).value()[0], together[i]);
  }
  const auto batched = Create(file_, {.precision = Precision::kFloat64, .batch = 2});
  const auto single = Create(file_, {.precision = Precision::kFloat64});
  if (spiking_) {
    EXPECT_EQ(batched->Respond(images_, units).value(), single->Respond(images_, units).value());
  }
}

TEST_P(FamilyTest, LayerCountsAreTheSumsOfAllNeurons) {
  const auto network = Create(file_, {.batch = 2});
  for (int l = 0; l < static_cast<int>(network->layers().size()); ++l) {
    const std::vector<float> counts = network->LayerCounts(images_, l).value();
    const std::vector<float> slow = network->Network::LayerCounts(images_, l).value();
    ASSERT_EQ(counts.size(), slow.size());
    for (size_t i = 0; i < counts.size(); ++i) {
      ASSERT_NEAR(counts[i], slow[i], spiking_ ? 0 : 1e-5 * (1 + slow[i])) << "layer " << l;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Families, FamilyTest, testing::ValuesIn(FamilyNames()),
                         [](const auto& value) { return value.param; });

TEST(TorchNetworkTest, EveryKindOfNeuronAnswersAsTheDefinitionSays) {
  for (const bool decay_input : {true, false}) {
    for (const LifReset reset :
         {LifReset::kZero, LifReset::kSubtract, LifReset::kSubtractDelayed}) {
      Architecture a = SmallArchitecture("small");
      a.lif = {2, decay_input ? 1.0f : 2.0f, decay_input, reset};
      const WeightsFile file = RandomWeights(a, 5);
      const std::vector<Image> images = RandomImages(1, 16, 9);
      const auto network = Create(file, {.precision = Precision::kFloat64});
      const LayerOutputs expected = RunNaively(a, file, images[0]);
      for (int l = 0; l < 4; ++l) {
        std::vector<float> counts(expected[l][0].size());
        for (const std::vector<double>& step : expected[l]) {
          for (size_t i = 0; i < counts.size(); ++i) counts[i] += static_cast<float>(step[i]);
        }
        EXPECT_EQ(network->LayerCounts(images, l).value(), counts) << "layer " << l;
      }
    }
  }
}

TEST(TorchNetworkTest, RatesOfTheFileScaleRectifiedUnits) {
  const Architecture a = SmallArchitecture("convnet");
  WeightsFile file = RandomWeights(a, 3);
  const std::vector<Image> images = RandomImages(2, 16, 8);
  const std::vector<NetworkUnit> units = {{1, 2, -1, -1}, {1, 2, 3, 3}, {7, 1, -1, -1}};
  const auto plain = Create(file)->Respond(images, units).value();
  std::vector<RateGain> gains(a.layers.size());
  gains[1] = {40, 500};
  file.metadata[kRatesMetadata] = RatesToJson(a, gains);
  const auto scaled = Create(file)->Respond(images, units).value();
  for (size_t i = 0; i < images.size(); ++i) {
    EXPECT_NEAR(scaled[i][0][0], 500 * plain[i][0][0], 1e-4);
    EXPECT_NEAR(scaled[i][1][5], 40 * plain[i][1][5], 1e-4);
    EXPECT_EQ(scaled[i][2], plain[i][2]);
  }
}

TEST(TorchNetworkTest, ThreadsGetTheSameAnswers) {
  const Architecture a = SmallArchitecture("resnet18_wide");
  const auto network = Create(RandomWeights(a, 3));
  const std::vector<Image> images = RandomImages(2, 16, 8);
  const std::vector<NetworkUnit> units = SomeUnits(*network);
  const auto expected = network->Respond(images, units).value();
  std::vector<std::vector<std::vector<StepSpikes>>> results(3);
  std::vector<std::thread> threads;
  for (auto& result : results) {
    threads.emplace_back([&] { result = network->Respond(images, units).value(); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& result : results) EXPECT_EQ(result, expected);
}

TEST(TorchNetworkTest, BadImagesUnitsLayersAndOptionsAreRefused) {
  const Architecture a = SmallArchitecture("small");
  const WeightsFile file = RandomWeights(a, 3);
  const auto network = Create(file);
  const std::vector<Image> good = RandomImages(1, 16, 8);
  const absl::Status size = network->Respond({UniformImage(17, 16, 0)}, {{0, 0, 0, 0}}).status();
  EXPECT_EQ(size.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(size.message()), HasSubstr("17"));
  EXPECT_THAT(std::string(size.message()), HasSubstr("16"));
  EXPECT_EQ(network->Respond(good, {{4, 0, -1, -1}}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(network->LayerCounts(good, 4).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(network->LayerCounts({UniformImage(8, 8, 0)}, 0).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(network->Respond(good, {}).ok());
  EXPECT_EQ(TorchNetwork::Create(file, {.steps = -1}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(TorchNetwork::Create(file, {.batch = 0}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace evoke
