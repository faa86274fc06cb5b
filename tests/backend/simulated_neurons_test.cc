#include "sim_backend/backend/simulated_neurons.h"

#include <algorithm>
#include <cmath>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/specs.h"

namespace evoke {
namespace {

// One layer of 2 x 2 positions; unit u fires (red value of pixel 0) / 50 spikes in every step.
class FakeNetwork : public Network {
 public:
  const std::vector<NetworkLayer>& layers() const override { return layers_; }
  int image_width() const override { return 4; }
  int image_height() const override { return 4; }
  int steps() const override { return 50; }
  absl::Duration step_duration() const override { return absl::Milliseconds(2); }
  const std::string& weights_sha256() const override { return sha256_; }
  absl::StatusOr<std::vector<std::vector<StepSpikes>>> Respond(
      absl::Span<const Image> images, absl::Span<const NetworkUnit> units) const override {
    std::vector<std::vector<StepSpikes>> all;
    for (const Image& image : images) {
      all.emplace_back(units.size(), StepSpikes(steps(), static_cast<float>(image.rgb[0] / 50)));
    }
    return all;
  }

 private:
  const std::vector<NetworkLayer> layers_ = {{"conv1", 3, 2, 2}, {"class", 2, 1, 1}};
  const std::string sha256_ = "fake";
};

v1::PresentationNotice Notice(int stimulus, int repeat, int attempt = 1, uint8_t gray = 100) {
  v1::PresentationNotice notice = ParseText<v1::PresentationNotice>(R"pb(
    objective {
      units { unit: "conv1/1" }
      units { unit: "class/0" }
      latency_window {
        start { nanos: 50000000 }
        end { nanos: 150000000 }
      }
      baseline_window {
        start { nanos: -100000000 }
        end {}
      }
    }
    seed: 5
  )pb");
  const std::string id = std::to_string(stimulus);
  notice.mutable_trial()->set_name("experiments/e/trials/" + id);
  notice.mutable_trial()->set_repeat(repeat);
  notice.mutable_trial()->set_attempt(attempt);
  notice.mutable_stimulus()->set_name("experiments/e/stimuli/" + id);
  v1::Image& image = *notice.mutable_stimulus()->mutable_image();
  image.set_width(4);
  image.set_height(4);
  image.set_rgb(std::string(48, static_cast<char>(gray)));
  return notice;
}

std::vector<int64_t> TrainOf(SimulatedNeurons& neurons, const v1::PresentationNotice& notice,
                             int unit = 0) {
  return neurons.Spikes({notice})[0]->at(unit).ticks_from_onset;
}

TEST(SimulatedNeuronsTest, WithoutNoiseTheNetworksSpikesComeAfterTheLatency) {
  const FakeNetwork network;
  SimulatedNeurons neurons(&network, {.noise = NeuronOptions::Noise::kNone});
  const std::vector<int64_t> train = TrainOf(neurons, Notice(1, 0));
  EXPECT_EQ(train.size(), 100);  // 2 in each of 50 steps
  EXPECT_EQ(*std::min_element(train.begin(), train.end()), 50'000'000);
  EXPECT_LT(*std::max_element(train.begin(), train.end()), 150'000'000);
  EXPECT_EQ(train, TrainOf(neurons, Notice(1, 1)));
}

TEST(SimulatedNeuronsTest, NoiseDependsOnSeedStimulusRepeatAndUnitOnly) {
  const FakeNetwork network;
  SimulatedNeurons neurons(&network, {});
  const std::vector<int64_t> train = TrainOf(neurons, Notice(1, 0));
  EXPECT_EQ(train, TrainOf(neurons, Notice(1, 0, /*attempt=*/3)));
  v1::PresentationNotice elsewhere = Notice(1, 0);
  elsewhere.mutable_stimulus()->set_name("experiments/other/stimuli/1");
  elsewhere.mutable_trial()->set_name("experiments/other/trials/77");
  EXPECT_EQ(train, TrainOf(neurons, elsewhere));
  // In any batch.
  const auto batch = neurons.Spikes({Notice(2, 0), Notice(1, 0)});
  EXPECT_EQ(train, batch[1]->at(0).ticks_from_onset);

  EXPECT_NE(train, TrainOf(neurons, Notice(1, 1)));
  EXPECT_NE(train, TrainOf(neurons, Notice(2, 0)));
  EXPECT_NE(train, TrainOf(neurons, Notice(1, 0), 1));
  v1::PresentationNotice reseeded = Notice(1, 0);
  reseeded.set_seed(6);
  EXPECT_NE(train, TrainOf(neurons, reseeded));
}

TEST(SimulatedNeuronsTest, PoissonCountsHaveTheNetworksMeanAndTheirVariance) {
  const FakeNetwork network;
  SimulatedNeurons neurons(&network, {});
  double sum = 0, squares = 0;
  const int n = 400;
  for (int repeat = 0; repeat < n; ++repeat) {
    const double count = static_cast<double>(TrainOf(neurons, Notice(1, repeat)).size());
    sum += count;
    squares += count * count;
  }
  const double mean = sum / n;
  EXPECT_NEAR(mean, 100, 3);  // 6 standard errors
  EXPECT_NEAR((squares / n - mean * mean) / mean, 1, 0.4);
}

TEST(SimulatedNeuronsTest, SpontaneousSpikesFillTheBaseline) {
  const FakeNetwork network;
  SimulatedNeurons neurons(&network, {.spontaneous_hz = 100});
  double baseline = 0;
  for (int repeat = 0; repeat < 200; ++repeat) {
    const auto answer = neurons.Spikes({Notice(1, repeat, 1, 0)});
    baseline += CountResponse(Notice(1, 0).objective(), *answer[0])->baseline_counts(0);
  }
  EXPECT_NEAR(baseline / 200, 10, 1.4);
}

TEST(SimulatedNeuronsTest, AnUnknownUnitIsAnErrorForItsPresentationAlone) {
  const FakeNetwork network;
  SimulatedNeurons neurons(&network, {});
  v1::PresentationNotice unknown = Notice(2, 0);
  unknown.mutable_objective()->mutable_units(0)->set_unit("conv9/1");
  const auto answers = neurons.Spikes({Notice(1, 0), unknown});
  EXPECT_TRUE(answers[0].ok());
  EXPECT_THAT(std::string(answers[1].status().message()), testing::HasSubstr("conv9"));
}

TEST(SimulatedNeuronsTest, ANoticeWithoutItsImageIsAnError) {
  const FakeNetwork network;
  SimulatedNeurons neurons(&network, {});
  v1::PresentationNotice notice = Notice(1, 0);
  notice.mutable_stimulus()->mutable_image()->set_rgb("short");
  EXPECT_FALSE(neurons.Spikes({notice})[0].ok());
}

TEST(SimulatedNeuronsTest, DescribesEveryChannelWithItsMap) {
  const FakeNetwork network;
  const v1::Client::Backend backend = SimulatedNeurons(&network, {}).Describe();
  ASSERT_EQ(backend.units_size(), 5);
  EXPECT_EQ(backend.units(2).name(), "conv1/2");
  EXPECT_EQ(backend.units(2).rows(), 2);
  EXPECT_EQ(backend.units(3).name(), "class/0");
  EXPECT_EQ(backend.units(3).rows(), 0);
}

// Every unit expects (red value of pixel 0) / 40 spikes in the whole response: fractions of a
// spike.
class RateNetwork : public FakeNetwork {
 public:
  absl::StatusOr<std::vector<std::vector<StepSpikes>>> Respond(
      absl::Span<const Image> images, absl::Span<const NetworkUnit> units) const override {
    std::vector<std::vector<StepSpikes>> all;
    for (const Image& image : images) {
      const float expected = static_cast<float>(image.rgb[0]) / 40 / static_cast<float>(steps());
      all.emplace_back(units.size(), StepSpikes(steps(), expected));
    }
    return all;
  }
};

TEST(SimulatedNeuronsTest, WithoutNoiseRatesGiveTheNearestNumberOfSpikes) {
  const RateNetwork network;
  SimulatedNeurons neurons(&network, {.noise = NeuronOptions::Noise::kNone});
  EXPECT_EQ(TrainOf(neurons, Notice(1, 0, 1, 0)).size(), 0u);
  EXPECT_EQ(TrainOf(neurons, Notice(1, 0, 1, 19)).size(), 0u);
  EXPECT_EQ(TrainOf(neurons, Notice(1, 0, 1, 50)).size(), 1u);
  const std::vector<int64_t> train = TrainOf(neurons, Notice(1, 0, 1, 205));  // 5.1
  EXPECT_EQ(train.size(), 5u);
  EXPECT_TRUE(std::is_sorted(train.begin(), train.end()));
  EXPECT_NEAR(train[1] - train[0], 100e6 / 5.125, 10);
  EXPECT_EQ(train, TrainOf(neurons, Notice(1, 1, 1, 205)));
}

TEST(SimulatedNeuronsTest, PoissonRatesMayBeFractions) {
  const RateNetwork network;
  SimulatedNeurons neurons(&network, {});
  double sum = 0;
  const int n = 2000;
  for (int repeat = 0; repeat < n; ++repeat) {
    sum += static_cast<double>(TrainOf(neurons, Notice(1, repeat, 1, 50)).size());
  }
  EXPECT_NEAR(sum / n, 1.25, 0.15);  // 6 standard errors
}

TEST(SimulatedNeuronsTest, MultiplicativeNoiseHasTheReliabilityThatItIsGiven) {
  // Counts so large that whole spikes do not matter; exponential over stimuli.
  class LoudNetwork : public FakeNetwork {
   public:
    absl::StatusOr<std::vector<std::vector<StepSpikes>>> Respond(
        absl::Span<const Image> images, absl::Span<const NetworkUnit> units) const override {
      std::vector<std::vector<StepSpikes>> all;
      for (const Image& image : images) {
        const double quantile = (image.rgb[0] + 0.5) / 256;
        const auto expected = static_cast<float>(-4 * std::log1p(-quantile));
        all.emplace_back(units.size(), StepSpikes(steps(), expected));
      }
      return all;
    }
  };
  const LoudNetwork network;
  for (const double reliability : {0.5, 0.9, 1.0}) {
    SimulatedNeurons neurons(
        &network, {.noise = NeuronOptions::Noise::kMultiplicative, .reliability = reliability});
    double x = 0, y = 0, xx = 0, yy = 0, xy = 0;
    const int n = 4096;
    for (int i = 0; i < n; ++i) {
      const uint8_t gray = static_cast<uint8_t>(i % 256);
      const auto a = static_cast<double>(TrainOf(neurons, Notice(i, 0, 1, gray)).size());
      const auto b = static_cast<double>(TrainOf(neurons, Notice(i, 1, 1, gray)).size());
      x += a / n;
      y += b / n;
      xx += a * a / n;
      yy += b * b / n;
      xy += a * b / n;
    }
    const double correlation = (xy - x * y) / std::sqrt((xx - x * x) * (yy - y * y));
    EXPECT_NEAR(correlation, reliability, 0.06) << reliability;
    EXPECT_NEAR(x, 200, 20) << reliability;  // the mean stays
  }
}

TEST(SimulatedNeuronsTest, ReliabilityHasARange) {
  for (const double bad : {0.0, -0.1, 1.1, std::nan("")}) {
    EXPECT_EQ(NeuronOptions{.reliability = bad}.Validate().code(),
              absl::StatusCode::kInvalidArgument);
  }
  EXPECT_TRUE(NeuronOptions{.reliability = 1}.Validate().ok());
}

}  // namespace
}  // namespace evoke
