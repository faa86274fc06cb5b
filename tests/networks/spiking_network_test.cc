#include "sim_backend/networks/engine/spiking_network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <thread>

#include "sim_backend/networks/torch_network.h"
#include "tests/networks/random_network.h"

namespace evoke {
namespace {

using ::testing::HasSubstr;

std::unique_ptr<SpikingNetwork> Create(const WeightsFile& file,
                                       const SpikingNetworkOptions& options = {}) {
  absl::StatusOr<std::unique_ptr<SpikingNetwork>> network = SpikingNetwork::Create(file, options);
  if (!network.ok()) ADD_FAILURE() << network.status();
  return *std::move(network);
}

std::vector<const LifKernel*> Kernels() {
  int count = 0;
  const LifKernel* const* kernels = RunnableKernels(&count);
  return {kernels, kernels + count};
}

// Every count of every layer, by every kernel, is that of the dense reference in double precision.
void ExpectReferenceCountsIn(int steps, const WeightsFile& file, const std::vector<Image>& images) {
  const auto reference = TorchNetwork::Create(
      file, {.steps = steps, .precision = TorchNetworkOptions::Precision::kFloat64});
  ASSERT_TRUE(reference.ok()) << reference.status();
  for (int l = 0; l < static_cast<int>((*reference)->layers().size()); ++l) {
    const std::vector<float> expected = (*reference)->LayerCounts(images, l).value();
    for (const LifKernel* kernel : Kernels()) {
      const auto network = Create(file, {.steps = steps, .threads = 1, .kernel = kernel});
      const std::vector<float> counts = network->LayerCounts(images, l).value();
      ASSERT_EQ(counts.size(), expected.size());
      size_t different = 0;
      double spikes = 0;
      for (size_t i = 0; i < counts.size(); ++i) {
        different += counts[i] != expected[i];
        spikes += counts[i];
      }
      EXPECT_EQ(different, 0u) << kernel->name << ", layer " << network->layers()[l].name;
      EXPECT_GT(spikes, 0) << network->layers()[l].name;
    }
  }
}

// In few steps and in many: from 16 on layers that see the image alone are known by their periods.
void ExpectReferenceCounts(const WeightsFile& file, const std::vector<Image>& images) {
  for (const int steps : {6, 18}) ExpectReferenceCountsIn(steps, file, images);
}

// Makes neurons fire more easily.
void Excite(float bias, WeightsFile* file) {
  for (auto& [name, tensor] : file->tensors) {
    if (!name.ends_with(".norm.bias")) continue;
    for (float& b : tensor.values) b += bias;
  }
}

std::vector<NetworkUnit> SomeUnits(const Network& network) {
  std::vector<NetworkUnit> units;
  for (int l = 0; l < static_cast<int>(network.layers().size()); ++l) {
    const NetworkLayer& layer = network.layers()[l];
    for (const int channel : {0, layer.channels / 2, layer.channels - 1}) {
      units.push_back({l, channel, -1, -1});
      units.push_back({l, channel, 0, 0});
      units.push_back({l, channel, layer.rows - 1, layer.cols / 2});
    }
  }
  return units;
}

class SpikingFamilyTest : public testing::TestWithParam<std::string> {
 protected:
  const WeightsFile file_ = RandomWeights(SmallArchitecture(GetParam()), 3);
  const std::vector<Image> images_ = RandomImages(3, 16, 8);
};

TEST_P(SpikingFamilyTest, FiresAsTheReferenceDoes) { ExpectReferenceCounts(file_, images_); }

TEST_P(SpikingFamilyTest, FiresAsTheReferenceDoesForMoreStepsThanAWordHas) {
  ExpectReferenceCountsIn(70, file_, {images_[0]});
}

TEST_P(SpikingFamilyTest, FiresAsTheReferenceDoesMoreOftenThanNot) {
  WeightsFile file = file_;
  Excite(2, &file);
  const std::vector<float> counts = Create(file)->LayerCounts(images_, 0).value();
  const double spikes = std::accumulate(counts.begin(), counts.end(), 0.0);
  EXPECT_GT(spikes, 0.5 * counts.size() * 6);
  ExpectReferenceCounts(file, images_);
}

TEST_P(SpikingFamilyTest, AUnitsSpikesDoNotDependOnItsCompany) {
  const auto network = Create(file_);
  const std::vector<NetworkUnit> units = SomeUnits(*network);
  const auto all = network->Respond(images_, units).value();
  for (size_t u = 0; u < units.size(); ++u) {
    const auto alone = network->Respond({images_[1]}, {units[u]}).value();
    EXPECT_EQ(alone[0][0], all[1][u]) << "unit " << u;
  }
}

TEST_P(SpikingFamilyTest, PooledUnitsSumTheirPositions) {
  const auto network = Create(file_);
  for (int l = 0; l < static_cast<int>(network->layers().size()); ++l) {
    const NetworkLayer& layer = network->layers()[l];
    std::vector<NetworkUnit> units = {{l, layer.channels - 1, -1, -1}};
    for (int r = 0; r < layer.rows; ++r) {
      for (int c = 0; c < layer.cols; ++c) units.push_back({l, layer.channels - 1, r, c});
    }
    const std::vector<StepSpikes> spikes = network->Respond({images_[0]}, units).value()[0];
    StepSpikes sum(spikes[0].size(), 0);
    for (size_t u = 1; u < units.size(); ++u) {
      for (size_t t = 0; t < sum.size(); ++t) sum[t] += spikes[u][t];
    }
    EXPECT_EQ(spikes[0], sum) << layer.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Families, SpikingFamilyTest,
                         testing::Values("small", "resnet18_wide", "resnet18_narrow", "linear"),
                         [](const auto& value) { return value.param; });

TEST(SpikingNetworkTest, EveryKindOfNeuronFiresAsTheReferenceDoes) {
  for (const std::string family : {"small", "resnet18_wide"}) {
    for (const bool decay_input : {true, false}) {
      for (const LifReset reset :
           {LifReset::kZero, LifReset::kSubtract, LifReset::kSubtractDelayed}) {
        Architecture a = SmallArchitecture(family);
        a.lif = {.tau = 2.5,
                 .threshold = decay_input ? 1.0f : 2.0f,
                 .decay_input = decay_input,
                 .reset = reset};
        ExpectReferenceCounts(RandomWeights(a, 5), RandomImages(1, 16, 9));
      }
    }
  }
}

TEST(SpikingNetworkTest, ChannelsInAnyNumberFireAsTheReferenceDoes) {
  // Blocks of 128 and what is left: 1 to 13 groups of 16 channels.
  for (const int channels : {1, 17, 65, 200}) {
    Architecture a = SmallArchitecture("small");
    a.layers[0].channels = channels;
    a.layers[1].channels = channels + 3;
    ExpectReferenceCounts(RandomWeights(a, 7), RandomImages(1, 16, 4));
  }
}

TEST(SpikingNetworkTest, AveragesOverTheMapAndPooledShortcutsFireAsTheReferenceDoes) {
  using Pool = Branch::Pool;
  using Map = Branch::Map;
  Architecture a = SmallArchitecture("small");
  const int channels = a.layers[0].channels;
  a.layers = {
      {"a", channels, {{.source = Branch::kImage}}},
      {"b",
       channels,
       {{.source = 0, .stride = 1}, {.source = Branch::kImage, .kernel = 1, .padding = 0}}},
      {"c",
       channels,
       {{.source = 1, .pool = Pool::kAverage2},
        {.source = 1, .pool = Pool::kAverage2, .map = Map::kIdentity, .norm = false}}},
      {"d",
       channels,
       {{.source = 2, .pool = Pool::kMax3}, {.source = 1, .pool = Pool::kMax3, .stride = 2}}},
      {"e",
       channels,
       {{.source = 0, .pool = Pool::kAverage2, .map = Map::kIdentity, .norm = false}}},
      {"class",
       10,
       {{.source = 3, .pool = Pool::kGlobalAverage, .map = Map::kLinear, .bias = true}}},
  };
  a.lif.threshold = 0.2f;  // or an average of four spikes alone would not do
  ASSERT_TRUE(a.Validate().ok()) << a.Validate();
  ExpectReferenceCounts(RandomWeights(a, 11), RandomImages(2, 16, 6));
}

TEST(SpikingNetworkTest, LargeWeightsDoNotOverflow) {
  const Architecture a = SmallArchitecture("small");
  WeightsFile file = RandomWeights(a, 3);
  // Whole numbers, and a norm that takes them back: sums of 2^24 times them would be too large.
  for (float& w : file.tensors["conv2.weight"].values) w = std::round(w * 2048);
  for (float& v : file.tensors["conv2.norm.running_var"].values) v *= 2048.0f * 2048;
  for (float& m : file.tensors["conv2.norm.running_mean"].values) m *= 2048;
  ExpectReferenceCounts(file, RandomImages(2, 16, 8));
}

TEST(SpikingNetworkTest, SmallWeightsBesideLargeOnesOfBothSignsStayExact) {
  // 64 - 64 + 2^-14 + 2^-24: the large ones fill the sum's range only if their signs are forgotten.
  const double rest = 0x1p-14 + 0x1p-24;
  Architecture a = SmallArchitecture("small");
  a.mean = {0, 0, 0};
  a.deviation = {1, 1, 1};
  a.layers = {{"copy", 3, {{.kernel = 1, .padding = 0, .norm = false}}},
              {"sum", 1, {{.source = 0, .kernel = 1, .padding = 0, .norm = false}}},
              {"class", 2, {{.source = 1, .map = Branch::Map::kLinear, .norm = false}}}};
  for (const bool reached : {true, false}) {
    a.lif = {.tau = 1, .threshold = static_cast<float>(reached ? rest : rest + 0x1p-25)};
    WeightsFile file = RandomWeights(a, 3);
    file.tensors["copy.weight"].values = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    file.tensors["sum.weight"].values = {64, -64, static_cast<float>(rest)};
    const auto network = Create(file);
    const auto spikes = network->Respond({UniformImage(16, 16, 255)}, {{1, 0, 5, 5}}).value();
    EXPECT_EQ(spikes[0][0], StepSpikes(6, reached ? 1.0f : 0.0f));
  }
}

TEST(SpikingNetworkTest, ThreadsAndBatchesDoNotMatter) {
  const WeightsFile file = RandomWeights(SmallArchitecture("resnet18_wide"), 3);
  const std::vector<Image> images = RandomImages(7, 16, 8);
  const auto single = Create(file, {.threads = 1});
  const auto many = Create(file, {.threads = 3});
  const std::vector<NetworkUnit> units = SomeUnits(*single);
  const auto expected = single->Respond(images, units).value();
  EXPECT_EQ(many->Respond(images, units).value(), expected);
  std::vector<std::vector<std::vector<StepSpikes>>> results(2);
  std::vector<std::thread> threads;
  for (auto& result : results) {
    threads.emplace_back([&] { result = many->Respond(images, units).value(); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& result : results) EXPECT_EQ(result, expected);
  for (size_t i = 0; i < images.size(); ++i) {
    EXPECT_EQ(single->Respond({images[i]}, units).value()[0], expected[i]);
  }
}

// Pixels of which every colour is fully on or off; in the second image most are on.
std::vector<Image> OnOffImages() {
  std::vector<Image> images = RandomImages(2, 16, 8);
  for (uint8_t& value : images[0].rgb) value = value < 160 ? 0 : 255;
  for (uint8_t& value : images[1].rgb) value = value < 80 ? 0 : 255;
  return images;
}

TEST(SpikingNetworkTest, DrawnInputThatIsCertainIsTheImage) {
  for (const std::string family : {"small", "resnet18_wide", "linear"}) {
    const WeightsFile file = RandomWeights(SmallArchitecture(family), 3);
    const auto direct = Create(file);
    const auto drawn = Create(file, {.encoding = InputEncoding::kPoisson});
    for (int l = 0; l < static_cast<int>(direct->layers().size()); ++l) {
      EXPECT_EQ(drawn->LayerCounts(OnOffImages(), l).value(),
                direct->LayerCounts(OnOffImages(), l).value())
          << family << ", layer " << l;
    }
  }
}

TEST(SpikingNetworkTest, DrawnInputDependsOnTheSeedAlone) {
  const WeightsFile file = RandomWeights(SmallArchitecture("small"), 3);
  const std::vector<Image> images = RandomImages(2, 16, 8);
  const std::vector<Image> same = {images[0], images[0], images[0]};
  std::vector<std::vector<std::vector<StepSpikes>>> by_kernel;
  for (const LifKernel* kernel : Kernels()) {
    const auto drawn =
        Create(file, {.steps = 40, .encoding = InputEncoding::kPoisson, .kernel = kernel});
    const std::vector<NetworkUnit> units = SomeUnits(*drawn);
    by_kernel.push_back(drawn->RespondSeeded(same, units, {1, 2, 1}).value());
    EXPECT_EQ(by_kernel.back()[0], by_kernel.back()[2]);
    EXPECT_NE(by_kernel.back()[0], by_kernel.back()[1]);
    EXPECT_EQ(drawn->RespondSeeded(images, units, {2, 5}).value()[0], by_kernel.back()[1]);
    EXPECT_EQ(by_kernel.back(), by_kernel.front()) << kernel->name;
  }
}

TEST(SpikingNetworkTest, DrawnInputHasTheImagesMeans) {
  // One neuron per colour that fires whenever its input does.
  Architecture a = SmallArchitecture("small");
  a.steps = 10000;
  a.mean = {0, 0, 0};
  a.deviation = {1, 1, 1};
  a.lif = {.tau = 1, .threshold = 0.5f};
  a.layers = {{"copy", 3, {{.kernel = 1, .padding = 0, .norm = false}}},
              {"class", 2, {{.source = 0, .map = Branch::Map::kLinear, .norm = false}}}};
  ASSERT_TRUE(a.Validate().ok()) << a.Validate();
  WeightsFile file = RandomWeights(a, 3);
  file.tensors["copy.weight"].values = {1, 0, 0, 0, 1, 0, 0, 0, 1};
  Image image = UniformImage(16, 16, 0);
  for (size_t i = 0; i < image.rgb.size(); i += 3) {
    image.rgb[i] = 13;
    image.rgb[i + 1] = 128;
    image.rgb[i + 2] = 255;
  }
  const auto drawn = Create(file, {.encoding = InputEncoding::kPoisson});
  const auto spikes =
      drawn->RespondSeeded({image}, {{0, 0, 3, 4}, {0, 1, 3, 4}, {0, 2, 3, 4}}, {9}).value()[0];
  const auto rate = [&](int c) {
    return std::accumulate(spikes[c].begin(), spikes[c].end(), 0.0) / 10000;
  };
  EXPECT_NEAR(rate(0), 13 / 255.0, 0.011);  // 5 standard deviations
  EXPECT_NEAR(rate(1), 128 / 255.0, 0.025);
  EXPECT_EQ(rate(2), 1);
}

TEST(SpikingNetworkTest, BadImagesUnitsAndOptionsAreRefused) {
  const WeightsFile file = RandomWeights(SmallArchitecture("small"), 3);
  const auto network = Create(file);
  const absl::Status size = network->Respond({UniformImage(17, 16, 0)}, {{0, 0, 0, 0}}).status();
  EXPECT_TRUE(absl::IsInvalidArgument(size));
  EXPECT_THAT(std::string(size.message()), HasSubstr("17 x 16"));
  EXPECT_THAT(std::string(size.message()), HasSubstr("16 x 16"));
  const std::vector<Image> good = RandomImages(1, 16, 8);
  EXPECT_TRUE(absl::IsInvalidArgument(network->Respond(good, {{4, 0, -1, -1}}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(network->LayerCounts(good, -1).status()));
  EXPECT_TRUE(network->Respond(good, {}).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(SpikingNetwork::Create(file, {.steps = -1}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(SpikingNetwork::Create(file, {.threads = -1}).status()));
  const WeightsFile rectified = RandomWeights(SmallArchitecture("convnet"), 3);
  const absl::Status status = SpikingNetwork::Create(rectified).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("do not spike"));
}

TEST(SpikingNetworkTest, WeightsThatDoNotFitNameBothShapes) {
  WeightsFile file = RandomWeights(SmallArchitecture("small"), 3);
  file.tensors["conv2.weight"].shape = {1, 2};
  file.tensors["conv2.weight"].values = {0, 0};
  EXPECT_TRUE(absl::IsDataLoss(SpikingNetwork::Create(file).status()));
}

}  // namespace
}  // namespace evoke
