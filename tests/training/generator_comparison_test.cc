#include "sim_backend/training/generator_comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "absl/strings/str_split.h"
#include "common/torch/torch_threads.h"
#include "server/generator/generator.h"
#include "sim_backend/training/cifar10.h"
#include "sim_backend/training/untrained_sn_gan.h"

namespace evoke {
namespace {

using ::testing::HasSubstr;

class GeneratorComparisonTest : public testing::Test {
 protected:
  GeneratorComparisonTest() {
    SetTorchThreads(1);
    data_.name = "CIFAR-10";
    EXPECT_TRUE(AppendCifar10File("tests/data/cifar10_test_20.bin", data_.train).ok());
    data_.test = data_.train;
    options_.models = "deploy/models";
    options_.network = "snn-cifar10";
    options_.generators = {"vqvae-cifar10"};
  }

  TrainingData data_;
  ComparisonOptions options_;
};

TEST_F(GeneratorComparisonTest, TableRanksImagesBeforeSamplesBeforeNoise) {
  const absl::StatusOr<std::string> table = CompareGenerators(options_, data_);
  ASSERT_TRUE(table.ok()) << table.status();
  std::map<std::string, double> distances;
  for (absl::string_view line : absl::StrSplit(*table, '\n')) {
    const std::vector<std::string> cells = absl::StrSplit(line, " | ");
    if (cells.size() == 2) distances[cells[0]] = std::atof(cells[1].c_str());
  }
  EXPECT_EQ(distances.at("| training images"), 0);  // here the test images themselves
  const double samples = distances.at("| samples of vqvae-cifar10");
  EXPECT_GT(samples, 0);
  EXPECT_GT(distances.at("| samples of an SN-GAN that was not trained"), samples);
  EXPECT_THAT(*table, HasSubstr("20 test images of CIFAR-10"));
  EXPECT_THAT(*table, HasSubstr("`conv3` of `snn-cifar10`"));
  EXPECT_EQ(*table, CompareGenerators(options_, data_).value());
}

TEST_F(GeneratorComparisonTest, AFeatureIsTheMeanOfItsChannel) {
  const auto network = LoadNetwork("deploy/models", "snn-cifar10").value();
  const std::vector<Image> images = {data_.test.image(3), data_.test.image(4)};
  const int layer = 1;
  const NetworkLayer& map = network->layers()[layer];
  const std::vector<float> features = NetworkFeatures(*network, layer, images).value();
  ASSERT_EQ(features.size(), 2u * map.channels);
  const std::vector<float> counts = network->LayerCounts(images, layer).value();
  const int positions = map.rows * map.cols;
  double sum = 0;
  for (int i = 0; i < positions; ++i) sum += counts[(map.channels + 5) * positions + i];
  EXPECT_NEAR(features[map.channels + 5], sum / positions, 1e-3);
}

TEST_F(GeneratorComparisonTest, WhatIsMissingIsNamed) {
  options_.layer = "conv9";
  const absl::Status layer = CompareGenerators(options_, data_).status();
  EXPECT_EQ(layer.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(layer.message()), HasSubstr("conv1, conv2, conv3, class"));
  options_.layer = "";
  options_.generators = {"nothing"};
  EXPECT_EQ(CompareGenerators(options_, data_).status().code(), absl::StatusCode::kNotFound);
  options_.generators = {};
  options_.samples = 1;
  EXPECT_EQ(CompareGenerators(options_, data_).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(UntrainedSnGanTest, IsAlwaysTheSameAndMakesDifferentImages) {
  const auto generator = UntrainedSnGan();
  ASSERT_TRUE(generator.ok()) << generator.status();
  Rng rng(1);
  const std::vector<LatentPoint> points = {(*generator)->latent_space().Sample(rng),
                                           (*generator)->latent_space().Sample(rng)};
  const std::vector<Image> images = (*generator)->Decode(points).value();
  EXPECT_NE(images[0], images[1]);
  EXPECT_EQ(UntrainedSnGan().value()->Decode(points).value(), images);
}

}  // namespace
}  // namespace evoke
