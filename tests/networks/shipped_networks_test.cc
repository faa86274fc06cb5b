// The networks in deploy/models, as LoadNetwork() gives them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numeric>
#include <thread>

#include "common/weights_file.h"
#include "sim_backend/networks/network.h"
#include "sim_backend/training/cifar10.h"

namespace evoke {
namespace {

using ::testing::HasSubstr;

constexpr char kModels[] = "deploy/models";
constexpr char kModel[] = "snn-cifar10";

const Network& Shipped() {
  static const auto* const network = [] {
    absl::StatusOr<std::unique_ptr<Network>> loaded = LoadNetwork(kModels, kModel);
    if (!loaded.ok()) ADD_FAILURE() << loaded.status();
    return loaded.value().release();
  }();
  return *network;
}

struct Labelled {
  std::vector<Image> images;
  std::vector<int> labels;
};

Labelled TestImages() {
  ImageSet set;
  EXPECT_TRUE(AppendCifar10File("tests/data/cifar10_test_20.bin", set).ok());
  Labelled result{{}, set.labels};
  for (int i = 0; i < set.size(); ++i) result.images.push_back(set.image(i));
  return result;
}

std::vector<NetworkUnit> Units(std::vector<std::string> names) {
  std::vector<NetworkUnit> units;
  for (const std::string& name : names) units.push_back(*ParseUnit(Shipped().layers(), name));
  return units;
}

float Total(const StepSpikes& spikes) {
  return std::accumulate(spikes.begin(), spikes.end(), 0.0f);
}

int MostActiveClass(const std::vector<StepSpikes>& classes) {
  return static_cast<int>(
      std::max_element(classes.begin(), classes.end(),
                       [](const auto& a, const auto& b) { return Total(a) < Total(b); }) -
      classes.begin());
}

TEST(ShippedNetworkTest, StatesItsLayersAndTime) {
  const std::vector<NetworkLayer>& layers = Shipped().layers();
  ASSERT_EQ(layers.size(), 4u);
  EXPECT_EQ(layers[0].name, "conv1");
  EXPECT_EQ(layers[0].rows, 32);
  EXPECT_EQ(layers[1].rows, 16);
  EXPECT_EQ(layers[2].cols, 8);
  EXPECT_EQ(layers[3], (NetworkLayer{"class", 10, 1, 1}));
  EXPECT_EQ(Shipped().steps(), 50);
  EXPECT_EQ(Shipped().step_duration(), absl::Milliseconds(2));
}

TEST(ShippedNetworkTest, NamesMostTestImagesAtManyAndAtFewSteps) {
  const Labelled test = TestImages();
  ASSERT_EQ(test.images.size(), 20u);
  std::vector<NetworkUnit> classes;
  for (int c = 0; c < 10; ++c) classes.push_back({3, c, -1, -1});
  const auto few = LoadNetwork(kModels, kModel, {.steps = 4});
  ASSERT_TRUE(few.ok()) << few.status();
  for (const Network* network : {&Shipped(), static_cast<const Network*>(few->get())}) {
    const auto responses = network->Respond(test.images, classes).value();
    int right = 0;
    for (size_t i = 0; i < test.images.size(); ++i) {
      right += MostActiveClass(responses[i]) == test.labels[i];
    }
    EXPECT_GE(right, 12) << network->steps() << " steps";
  }
}

TEST(ShippedNetworkTest, ResponseDoesNotDependOnTheBatch) {
  const std::vector<Image> images = TestImages().images;
  const std::vector<NetworkUnit> units = Units({"conv1/3@5,6", "conv2/17", "conv3/40", "class/3"});
  const auto together = Shipped().Respond(images, units).value();
  for (size_t i = 0; i < images.size(); i += 5) {
    EXPECT_EQ(Shipped().Respond({images[i]}, units).value()[0], together[i]);
  }
  EXPECT_EQ(Shipped().Respond(images, units).value(), together);
  EXPECT_NE(together[0], together[1]);
}

TEST(ShippedNetworkTest, UnitsAnswerTheSameAloneAndWithDeeperOnes) {
  const std::vector<Image> images = {TestImages().images[2]};
  const auto all = Shipped().Respond(images, Units({"conv2/17", "class/1", "conv1/0"})).value()[0];
  EXPECT_EQ(Shipped().Respond(images, Units({"conv2/17"})).value()[0][0], all[0]);
  EXPECT_EQ(Shipped().Respond(images, Units({"class/1"})).value()[0][0], all[1]);
  EXPECT_EQ(Shipped().Respond(images, Units({"conv1/0"})).value()[0][0], all[2]);
}

TEST(ShippedNetworkTest, ThreadsGetTheSameSpikes) {
  const std::vector<Image> images = {TestImages().images[0], TestImages().images[1]};
  const std::vector<NetworkUnit> units = Units({"conv3/7", "class/8"});
  const auto expected = Shipped().Respond(images, units).value();
  std::vector<std::vector<std::vector<StepSpikes>>> results(3);
  std::vector<std::thread> threads;
  for (auto& result : results) {
    threads.emplace_back([&] { result = Shipped().Respond(images, units).value(); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& result : results) EXPECT_EQ(result, expected);
}

TEST(ShippedNetworkTest, PooledUnitIsTheSumOfItsPositions) {
  const std::vector<Image> images = {TestImages().images[3]};
  std::vector<NetworkUnit> units = {{2, 9, -1, -1}};
  for (int row = 0; row < 8; ++row) {
    for (int col = 0; col < 8; ++col) units.push_back({2, 9, row, col});
  }
  const auto responses = Shipped().Respond(images, units).value()[0];
  for (int t = 0; t < Shipped().steps(); ++t) {
    float sum = 0;
    for (size_t u = 1; u < units.size(); ++u) {
      EXPECT_LE(responses[u][t], 1);
      sum += responses[u][t];
    }
    EXPECT_EQ(responses[0][t], sum);
  }
}

TEST(ShippedNetworkTest, FewerStepsAreTheBeginningOfMore) {
  // A response starts from rest, and nothing looks ahead.
  const auto few = LoadNetwork(kModels, kModel, {.steps = 10});
  ASSERT_TRUE(few.ok());
  const std::vector<Image> images = {TestImages().images[4]};
  const std::vector<NetworkUnit> units = Units({"conv1/5", "conv1/5@16,16"});
  const auto small = (*few)->Respond(images, units).value()[0];
  const auto large = Shipped().Respond(images, units).value()[0];
  for (size_t u = 0; u < units.size(); ++u) {
    ASSERT_EQ(small[u].size(), 10u);
    EXPECT_TRUE(std::equal(small[u].begin(), small[u].end(), large[u].begin()));
  }
}

TEST(ShippedNetworkTest, BadImagesAndUnitsAreRefused) {
  const std::vector<Image> good = {UniformImage(32, 32, 128)};
  EXPECT_EQ(Shipped().Respond({UniformImage(31, 32, 0)}, Units({"class/0"})).status().code(),
            absl::StatusCode::kInvalidArgument);
  for (const NetworkUnit& unit :
       {NetworkUnit{4, 0, -1, -1}, NetworkUnit{-1, 0, -1, -1}, NetworkUnit{0, 32, -1, -1},
        NetworkUnit{0, 0, 32, 0}, NetworkUnit{0, 0, -1, 0}, NetworkUnit{3, 0, 0, 1}}) {
    EXPECT_EQ(Shipped().Respond(good, {unit}).status().code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_TRUE(Shipped().Respond(good, {}).ok());
}

TEST(LoadNetworkTest, ChecksTheFile) {
  EXPECT_EQ(LoadNetwork(kModels, "nothing").status().code(), absl::StatusCode::kNotFound);
  const absl::Status generator = LoadNetwork(kModels, "vqvae-cifar10").status();
  EXPECT_EQ(generator.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(generator.message()), HasSubstr("vq_vae"));
  EXPECT_EQ(LoadNetwork(kModels, kModel, {.steps = -3}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Shipped().weights_sha256(),
            *Sha256OfFile(std::string(kModels) + "/" + kModel + ".safetensors"));
}

TEST(ShippedNetworkTest, TheOthersNameTestImagesToo) {
  const Labelled test = TestImages();
  const std::vector<std::pair<const char*, int>> networks = {{"convnet-cifar10", 14},
                                                             {"resnet-cifar10", 12},
                                                             {"snn-resnet18-cifar10", 8},
                                                             {"snn-resnet18-cifar10.epoch25", 8}};
  for (const auto& [name, least] : networks) {
    const auto network = LoadNetwork(kModels, name);
    ASSERT_TRUE(network.ok()) << network.status();
    const int last = static_cast<int>((*network)->layers().size()) - 1;
    std::vector<NetworkUnit> classes;
    for (int c = 0; c < 10; ++c) classes.push_back({last, c, -1, -1});
    const auto responses = (*network)->Respond(test.images, classes).value();
    int right = 0;
    for (size_t i = 0; i < test.images.size(); ++i) {
      right += MostActiveClass(responses[i]) == test.labels[i];
    }
    EXPECT_GE(right, least) << name;
  }
}

TEST(ShippedNetworkTest, CardsStateTheSumsOfTheirFiles) {
  int cards = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kModels)) {
    std::filesystem::path weights = entry.path();
    if (entry.path().extension() != ".md" ||
        !std::filesystem::exists(weights.replace_extension(".safetensors"))) {
      continue;
    }
    std::ifstream stream(entry.path());
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    EXPECT_THAT(text, HasSubstr(*Sha256OfFile(weights.string()))) << entry.path();
    ++cards;
  }
  EXPECT_GE(cards, 5);
}

}  // namespace
}  // namespace evoke
