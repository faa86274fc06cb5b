#include "sim_backend/networks/lif.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "common/random.h"

namespace evoke {
namespace {

using ::testing::ElementsAre;

TEST(LifTest, FollowsAHandComputedTrace) {
  // tau 2, threshold 1: v halves its distance to the input.
  //   x     1.5    1.5    0.0   2.0    0.5
  //   h     0.75   1.125  0.0   1.0    0.25
  //   spike 0      1      0     1      0
  const std::vector<float> input = {1.5, 1.5, 0, 2, 0.5};
  std::vector<float> membrane(5);
  std::vector<float> spikes(5);
  LifForward(input.data(), LifInput::kPerStep, 5, 1, {}, membrane.data(), spikes.data());
  EXPECT_THAT(membrane, ElementsAre(0.75, 1.125, 0, 1, 0.25));
  EXPECT_THAT(spikes, ElementsAre(0, 1, 0, 1, 0));
}

TEST(LifTest, TauAndThresholdCount) {
  // tau 4: 0.25, 0.4375, then reset by the lower threshold.
  const std::vector<float> input = {1};
  std::vector<float> membrane(4);
  std::vector<float> spikes(4);
  LifForward(input.data(), LifInput::kConstant, 4, 1, {.tau = 4, .threshold = 0.4f},
             membrane.data(), spikes.data());
  EXPECT_THAT(membrane, ElementsAre(0.25, 0.4375, 0.25, 0.4375));
  EXPECT_THAT(spikes, ElementsAre(0, 1, 0, 1));
}

// Neurons in number no multiple of any block or vector.
struct Sample {
  static constexpr int kSteps = 6;
  static constexpr int kPositions = 211;
  static constexpr int kChannels = 5;
  static constexpr int64_t kNeurons = kPositions * kChannels;
  std::vector<float> input = std::vector<float>(kSteps * kNeurons);

  Sample() {
    Rng rng(4);
    for (float& x : input) x = static_cast<float>(rng.Uniform(-1, 3));
  }
};

TEST(LifTest, LayerFiresLikeSingleNeurons) {
  const Sample sample;
  const std::vector<float> scale = {1, 0.5, 2, -1, 0.25};
  const std::vector<float> shift = {0, 0.5, -1, 1, 0.75};
  for (const LifInput kind : {LifInput::kPerStep, LifInput::kConstant}) {
    std::vector<uint8_t> layer(sample.input.size());
    LifLayer(sample.input.data(), kind, Sample::kSteps, Sample::kPositions, Sample::kChannels,
             scale.data(), shift.data(), {}, layer.data());
    for (int64_t n = 0; n < Sample::kNeurons; ++n) {
      float v = 0;
      for (int t = 0; t < Sample::kSteps; ++t) {
        const float x = sample.input[(kind == LifInput::kPerStep ? t : 0) * Sample::kNeurons + n];
        v += (scale[n % 5] * x + shift[n % 5] - v) / 2;
        ASSERT_EQ(layer[t * Sample::kNeurons + n], v >= 1 ? 1 : 0);
        if (v >= 1) v = 0;
      }
    }
  }
}

TEST(LifTest, GradientIsTheSurrogateThroughTheUnresetSteps) {
  const Sample sample;
  std::vector<float> membrane(sample.input.size());
  std::vector<float> spikes(sample.input.size());
  std::vector<float> grad(sample.input.size());
  LifForward(sample.input.data(), LifInput::kPerStep, Sample::kSteps, Sample::kNeurons, {},
             membrane.data(), spikes.data());
  const std::vector<float> ones(sample.input.size(), 1.0f);
  LifBackward(membrane.data(), ones.data(), LifInput::kPerStep, Sample::kSteps, Sample::kNeurons,
              {}, grad.data());
  for (int64_t n = 0; n < Sample::kNeurons; ++n) {
    // d(sum of spikes) / dx[t] = sum over u >= t, as long as nothing resets, of surrogate(h[u]) /
    // 2^(u-t+1)
    for (int t = 0; t < Sample::kSteps; ++t) {
      double expected = 0;
      double weight = 0.5;
      for (int u = t; u < Sample::kSteps; ++u) {
        const double h = membrane[u * Sample::kNeurons + n];
        expected += weight / (1 + std::pow(std::numbers::pi * (h - 1), 2));
        if (spikes[u * Sample::kNeurons + n] > 0) break;
        weight /= 2;
      }
      ASSERT_NEAR(grad[t * Sample::kNeurons + n], expected, 1e-5);
    }
  }
}

TEST(LifTest, GradientOfAConstantInputIsTheSumOverSteps) {
  const Sample sample;
  std::vector<float> repeated;
  for (int t = 0; t < Sample::kSteps; ++t) {
    repeated.insert(repeated.end(), sample.input.begin(), sample.input.begin() + Sample::kNeurons);
  }
  std::vector<float> membrane(repeated.size());
  std::vector<float> spikes(repeated.size());
  std::vector<float> each(repeated.size());
  std::vector<float> total(Sample::kNeurons);
  LifForward(repeated.data(), LifInput::kPerStep, Sample::kSteps, Sample::kNeurons, {},
             membrane.data(), spikes.data());
  LifBackward(membrane.data(), sample.input.data(), LifInput::kPerStep, Sample::kSteps,
              Sample::kNeurons, {}, each.data());
  LifBackward(membrane.data(), sample.input.data(), LifInput::kConstant, Sample::kSteps,
              Sample::kNeurons, {}, total.data());
  for (int64_t n = 0; n < Sample::kNeurons; ++n) {
    double sum = 0;
    for (int t = 0; t < Sample::kSteps; ++t) sum += each[t * Sample::kNeurons + n];
    ASSERT_NEAR(total[n], sum, 1e-5);
  }
}

TEST(LifTest, PoolingAveragesFourPositions) {
  // One step of 2 x 4 positions and 2 channels.
  const std::vector<uint8_t> spikes = {1, 0, 1, 0, 0, 1, 0, 0,  //
                                       1, 0, 0, 1, 0, 0, 0, 0};
  std::vector<float> pooled(4);
  AveragePool(spikes.data(), 1, 2, 4, 2, pooled.data());
  EXPECT_THAT(pooled, ElementsAre(0.75, 0.25, 0, 0.25));
}

}  // namespace
}  // namespace evoke
