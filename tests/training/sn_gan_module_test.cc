#include "sim_backend/training/sn_gan_module.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "absl/strings/match.h"
#include "sim_backend/training/random_features_module.h"

namespace evoke {
namespace {

SnGanConfig Small() {
  SnGanConfig config = SnGanConfig::OfWidth(4, 3);
  config.latent = 6;
  return config;
}

TEST(SnDiscriminatorTest, PowerIterationBringsEveryWeightToSpectralNormOne) {
  torch::manual_seed(1);
  SnDiscriminatorModule discriminator(Small());
  for (int i = 0; i < 200; ++i) discriminator.LearningWeights();
  int matrices = 0;
  for (const auto& [name, weight] : discriminator.FixedWeights()) {
    if (!absl::EndsWith(name, ".weight")) continue;
    ++matrices;
    const torch::Tensor values = torch::linalg_svdvals(weight.reshape({weight.size(0), -1}));
    EXPECT_NEAR(values.max().item<double>(), 1, 0.01) << name;
  }
  EXPECT_EQ(matrices, 12);
}

TEST(SnDiscriminatorTest, FixedWeightsAreThoseLastLearntFromAndChangeNothing) {
  torch::manual_seed(2);
  SnDiscriminatorModule discriminator(Small());
  const NamedTensors learning = discriminator.LearningWeights();
  const NamedTensors fixed = discriminator.FixedWeights();
  for (const auto& [name, weight] : fixed) {
    EXPECT_TRUE(torch::equal(weight, learning.at(name).detach())) << name;
    EXPECT_TRUE(torch::equal(weight, discriminator.FixedWeights().at(name))) << name;
    EXPECT_FALSE(weight.requires_grad());
  }
}

TEST(SnDiscriminatorTest, HalvingConvolutionIsAConvolutionAndAMean) {
  torch::manual_seed(3);
  const SnGanConfig config = Small();
  SnDiscriminatorModule discriminator(config);
  const NamedTensors w = discriminator.FixedWeights();
  const torch::Tensor images = torch::rand({3, 3, 32, 32}) * 2 - 1;
  const auto conv = [&](const std::string& name, const torch::Tensor& x) {
    const torch::Tensor& kernel = w.at("discriminator." + name + ".weight");
    return torch::conv2d(x, kernel, w.at("discriminator." + name + ".bias"), 1, kernel.size(2) / 2);
  };
  // The paper's blocks, step by step.
  torch::Tensor x = images;
  for (int i = 1; i <= 4; ++i) {
    const std::string block = "block" + std::to_string(i);
    torch::Tensor h = conv(block + ".conv1", i == 1 ? x : torch::relu(x));
    h = conv(block + ".conv2", torch::relu(h));
    if (i <= 2) h = torch::avg_pool2d(h, 2);
    torch::Tensor s = i <= 3 ? conv(block + ".shortcut", x) : x;
    if (i <= 2) s = torch::avg_pool2d(s, 2);
    x = h + s;
  }
  const torch::Tensor expected =
      torch::linear(torch::relu(x).sum({2, 3}), w.at("discriminator.score.weight"),
                    w.at("discriminator.score.bias"))
          .squeeze(1);
  EXPECT_TRUE(torch::allclose(DiscriminatorForward(config, w, images), expected, 1e-3, 1e-3));
}

TEST(SnGeneratorTest, AverageMovesTowardsTheGeneratorWithItsStatistics) {
  torch::manual_seed(4);
  SnGanModule gan(Small());
  const auto at = [](const SnGeneratorModule& module, const char* name) {
    return module.weights().at(name).detach().clone();
  };
  EXPECT_TRUE(torch::equal(at(*gan.average, "generator.color.weight"),
                           at(*gan.generator, "generator.color.weight")));
  gan.generator->Forward(torch::randn({8, 6}));  // moves the statistics
  const torch::Tensor before = at(*gan.average, "generator.norm.mean");
  const torch::Tensor other = at(*gan.generator, "generator.norm.mean");
  EXPECT_FALSE(torch::equal(before, other));
  gan.average->MoveTowards(*gan.generator, 0.25);
  EXPECT_TRUE(
      torch::allclose(at(*gan.average, "generator.norm.mean"), before + 0.25 * (other - before)));
}

TEST(RandomFeaturesTest, AreTheSameEverywhereAndTellNoiseFromSmoothImages) {
  const torch::Tensor ramp = torch::linspace(-1, 1, 32).view({1, 1, 1, 32}).expand({2, 3, 32, 32});
  const torch::Tensor features = RandomFeatures().Of(ramp);
  ASSERT_EQ(features.size(1), RandomFeatures::kDimensions);
  EXPECT_TRUE(torch::equal(features, RandomFeatures().Of(ramp)));
  torch::manual_seed(5);
  const torch::Tensor noise = RandomFeatures().Of(torch::rand({2, 3, 32, 32}) * 2 - 1);
  EXPECT_GT((noise[0] - features[0]).norm().item<double>(),
            1.5 * (noise[0] - noise[1]).norm().item<double>());
}

}  // namespace
}  // namespace evoke
