#include "sim_backend/networks/layered_module.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "common/weights_file.h"
#include "sim_backend/networks/torch_network.h"
#include "tests/networks/random_network.h"

namespace evoke {
namespace {

torch::Tensor Batch(const std::vector<Image>& images) {
  const int64_t size = images[0].width;
  torch::Tensor batch = torch::empty({static_cast<int64_t>(images.size()), size, size, 3});
  float* to = batch.data_ptr<float>();
  for (const Image& image : images) {
    for (const uint8_t value : image.rgb) *to++ = value / 255.0f;
  }
  return batch.permute({0, 3, 1, 2});
}

class LayeredModuleTest : public testing::TestWithParam<std::string> {
 protected:
  LayeredModuleTest() {
    torch::manual_seed(4);
    module_ = LayeredModule(architecture_);
    // Running statistics that have forgotten their beginning, and weights that half floats can
    // hold.
    for (int i = 0; i < 60; ++i) module_->forward(Batch(images_), steps_);
    torch::NoGradGuard no_grad;
    for (auto& [name, tensor] : module_->Weights()) {
      tensor.copy_(tensor.to(torch::kHalf).to(torch::kFloat));
    }
    module_->eval();
  }

  const Architecture architecture_ = SmallArchitecture(GetParam());
  const bool spiking_ = architecture_.neurons == NeuronModel::kLif;
  const int steps_ = spiking_ ? architecture_.steps : 1;
  const std::vector<Image> images_ = RandomImages(8, 16, 3);
  LayeredModule module_{nullptr};
};

TEST_P(LayeredModuleTest, ExportedNetworkAnswersAsTheModule) {
  const std::string path = testing::TempDir() + "/layered_module_" + GetParam() + ".safetensors";
  ASSERT_TRUE(ExportLayered(*module_, {{"note", "n"}}, path).ok());
  const absl::StatusOr<WeightsFile> file = ReadWeights(path);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->metadata.at("note"), "n");
  const auto network = TorchNetwork::Create(*file);
  ASSERT_TRUE(network.ok()) << network.status();
  const int last = static_cast<int>(architecture_.layers.size()) - 1;
  const std::vector<float> counts = (*network)->LayerCounts(images_, last).value();
  torch::NoGradGuard no_grad;
  const torch::Tensor rate = module_->forward(Batch(images_), steps_).rate.contiguous();
  ASSERT_EQ(static_cast<size_t>(rate.numel()), counts.size());
  int different = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    // Rectified: 1 spike/s for an activation of 1, over 6 steps of 2 ms.
    const double expected = rate.data_ptr<float>()[i] * (spiking_ ? steps_ : 0.012);
    different += std::abs(counts[i] - expected) > (spiking_ ? 0.5 : 1e-5 * (1 + expected));
  }
  EXPECT_LE(different, spiking_ ? 2 : 0);  // spikes at the threshold may flip
}

TEST_P(LayeredModuleTest, DeepLayersOfAnUntrainedNetworkFire) {
  const std::string path = testing::TempDir() + "/untrained_" + GetParam() + ".safetensors";
  ASSERT_TRUE(ExportLayered(*module_, {}, path).ok());
  const auto network = TorchNetwork::Create(*ReadWeights(path)).value();
  for (int l = 0; l + 1 < static_cast<int>(network->layers().size()); ++l) {
    const std::vector<float> counts = network->LayerCounts(images_, l).value();
    const double mean = std::accumulate(counts.begin(), counts.end(), 0.0) / counts.size();
    const double rate = spiking_ ? mean / steps_ : mean / 0.012;
    // Spiking ones fire in 14 to 43 % of steps, rectified ones activate by 0.35 to 0.84.
    EXPECT_GT(rate, spiking_ ? 0.12 : 0.3) << network->layers()[l].name;
    EXPECT_LT(rate, spiking_ ? 0.5 : 0.9) << network->layers()[l].name;
  }
}

TEST_P(LayeredModuleTest, EveryWeightLearns) {
  module_->train();
  const auto output = module_->forward(Batch(images_), steps_);
  (output.current.square().sum() + output.rate.sum()).backward();
  int weights = 0;
  for (const auto& [name, tensor] : module_->Weights()) {
    if (!tensor.requires_grad()) continue;
    ASSERT_TRUE(tensor.grad().defined()) << name;
    EXPECT_GT(tensor.grad().abs().sum().item<float>(), 0) << name;
    ++weights;
  }
  EXPECT_GT(weights, 3);
}

TEST_P(LayeredModuleTest, ImagesOfABatchDoNotMix) {
  torch::NoGradGuard no_grad;
  const auto all = module_->forward(Batch(images_), steps_);
  const auto one = module_->forward(Batch({images_[5]}), steps_);
  EXPECT_TRUE(torch::allclose(one.current[0], all.current[5], 1e-3, 1e-3));
}

INSTANTIATE_TEST_SUITE_P(Families, LayeredModuleTest, testing::ValuesIn(FamilyNames()),
                         [](const auto& value) { return value.param; });

}  // namespace
}  // namespace evoke
