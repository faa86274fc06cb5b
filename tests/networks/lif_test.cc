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

TEST(LifTest, TheOtherKindsFollowHandComputedTraces) {
  const std::vector<float> input = {1.5, 1.5, 0, 2, 0.5};
  std::vector<float> membrane(5);
  std::vector<float> spikes(5);
  const auto run = [&](const LifParameters& p) {
    LifForward(input.data(), LifInput::kPerStep, 5, 1, p, membrane.data(), spikes.data());
  };
  // The whole input counts: h = v / 2 + x.
  run({.decay_input = false});
  EXPECT_THAT(membrane, ElementsAre(1.5, 1.5, 0, 2, 0.5));
  EXPECT_THAT(spikes, ElementsAre(1, 1, 0, 1, 0));
  // What is above the threshold stays.
  run({.decay_input = false, .reset = LifReset::kSubtract});
  EXPECT_THAT(membrane, ElementsAre(1.5, 1.75, 0.375, 2.1875, 1.09375));
  EXPECT_THAT(spikes, ElementsAre(1, 1, 0, 1, 1));
  // The membrane decays from where it was, and then loses the threshold.
  run({.decay_input = false, .reset = LifReset::kSubtractDelayed});
  EXPECT_THAT(membrane, ElementsAre(1.5, 1.25, -0.375, 1.8125, 0.40625));
  EXPECT_THAT(spikes, ElementsAre(1, 1, 0, 1, 0));
  run({.reset = LifReset::kSubtract});
  EXPECT_THAT(membrane, ElementsAre(0.75, 1.125, 0.0625, 1.03125, 0.265625));
  EXPECT_THAT(spikes, ElementsAre(0, 1, 0, 1, 0));
}

std::vector<LifParameters> AllKinds() {
  std::vector<LifParameters> kinds;
  for (const bool decay_input : {true, false}) {
    for (const LifReset reset :
         {LifReset::kZero, LifReset::kSubtract, LifReset::kSubtractDelayed}) {
      kinds.push_back({2, 1, decay_input, reset});
    }
  }
  return kinds;
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

TEST(LifTest, SpikesAloneAreThoseOfTheForwardPass) {
  const Sample sample;
  const std::vector<double> wide(sample.input.begin(), sample.input.end());
  for (const LifParameters& p : AllKinds()) {
    for (const LifInput kind : {LifInput::kPerStep, LifInput::kConstant}) {
      std::vector<float> membrane(sample.input.size());
      std::vector<float> expected(sample.input.size());
      LifForward(sample.input.data(), kind, Sample::kSteps, Sample::kNeurons, p, membrane.data(),
                 expected.data());
      std::vector<float> spikes(sample.input.size());
      LifSpikes(sample.input.data(), kind, Sample::kSteps, Sample::kNeurons, p, spikes.data());
      EXPECT_EQ(spikes, expected);
      std::vector<double> wide_spikes(sample.input.size());
      LifSpikes(wide.data(), kind, Sample::kSteps, Sample::kNeurons, p, wide_spikes.data());
      int different = 0;
      for (size_t i = 0; i < spikes.size(); ++i) different += spikes[i] != wide_spikes[i];
      EXPECT_LE(different, 2);
    }
  }
}

TEST(LifTest, GradientIsTheSurrogateThroughTheUnresetSteps) {
  const Sample sample;
  for (const LifParameters& p : AllKinds()) {
    std::vector<float> membrane(sample.input.size());
    std::vector<float> spikes(sample.input.size());
    std::vector<float> grad(sample.input.size());
    LifForward(sample.input.data(), LifInput::kPerStep, Sample::kSteps, Sample::kNeurons, p,
               membrane.data(), spikes.data());
    const std::vector<float> ones(sample.input.size(), 1.0f);
    LifBackward(membrane.data(), ones.data(), LifInput::kPerStep, Sample::kSteps, Sample::kNeurons,
                p, grad.data());
    for (int64_t n = 0; n < Sample::kNeurons; ++n) {
      // d(sum of spikes) / dx[t] = sum over u >= t, up to a reset to zero, of surrogate(h[u]) times
      // the input's weight and a half for each step between.
      for (int t = 0; t < Sample::kSteps; ++t) {
        double expected = 0;
        double weight = p.decay_input ? 0.5 : 1;
        for (int u = t; u < Sample::kSteps; ++u) {
          const double h = membrane[u * Sample::kNeurons + n];
          expected += weight / (1 + std::pow(std::numbers::pi * (h - 1), 2));
          if (p.reset == LifReset::kZero && spikes[u * Sample::kNeurons + n] > 0) break;
          weight /= 2;
        }
        ASSERT_NEAR(grad[t * Sample::kNeurons + n], expected, 1e-5);
      }
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

}  // namespace
}  // namespace evoke
