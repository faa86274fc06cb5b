#include "sim_backend/offline/measured_network.h"

#include "gtest/gtest.h"
#include "tests/support/fake_network.h"

namespace evoke {
namespace {

Image Gray(uint8_t value) { return UniformImage(4, 6, value); }

TEST(MeasuredNetworkTest, AsksOnceForEachDistinctImageAndAnswersForAll) {
  FakeNetwork fake;
  const ManualClock clock;
  const MeasuredNetwork network(&fake, &clock);
  const std::vector<Image> images = {Gray(9), Gray(200), Gray(9), Gray(9), Gray(100), Gray(200)};
  const std::vector<NetworkUnit> units = {{0, 0}, {1, 1}};
  const auto answers = network.Respond(images, units);
  ASSERT_TRUE(answers.ok()) << answers.status();
  EXPECT_EQ(fake.images_seen, 3);
  EXPECT_EQ(*answers, *fake.Respond(images, units));
}

// A network that takes 3 ms by the clock.
class SlowNetwork : public Network {
 public:
  explicit SlowNetwork(ManualClock* clock) : clock_(clock) {}
  const std::vector<NetworkLayer>& layers() const override { return fake_.layers(); }
  int image_width() const override { return 4; }
  int image_height() const override { return 6; }
  int steps() const override { return 16; }
  absl::Duration step_duration() const override { return absl::Milliseconds(2); }
  const std::string& weights_sha256() const override { return fake_.weights_sha256(); }
  absl::StatusOr<std::vector<std::vector<StepSpikes>>> Respond(
      absl::Span<const Image> images, absl::Span<const NetworkUnit> units) const override {
    clock_->Advance(absl::Milliseconds(3));
    return fake_.Respond(images, units);
  }

 private:
  ManualClock* const clock_;
  FakeNetwork fake_;
};

TEST(MeasuredNetworkTest, TakesItsTimeOnce) {
  ManualClock clock;
  const SlowNetwork slow(&clock);
  MeasuredNetwork network(&slow, &clock);
  EXPECT_TRUE(network.Respond({Gray(1)}, {{0, 0}}).ok());
  EXPECT_TRUE(network.Respond({Gray(1)}, {{0, 0}}).ok());
  EXPECT_EQ(network.TakeNanos(), 6'000'000);
  EXPECT_EQ(network.TakeNanos(), 0);
}

// A network whose spikes are its seeds.
class SeededNetwork : public SlowNetwork {
 public:
  using SlowNetwork::SlowNetwork;
  InputEncoding encoding() const override { return InputEncoding::kPoisson; }
  absl::StatusOr<std::vector<std::vector<StepSpikes>>> RespondSeeded(
      absl::Span<const Image> images, absl::Span<const NetworkUnit> units,
      absl::Span<const uint64_t> seeds) const override {
    EXPECT_EQ(seeds.size(), images.size());
    std::vector<std::vector<StepSpikes>> answers;
    for (const uint64_t seed : seeds) answers.push_back({{static_cast<float>(seed)}});
    return answers;
  }
};

TEST(MeasuredNetworkTest, EqualImagesOfADrawnInputAreAskedOneByOne) {
  ManualClock clock;
  const SeededNetwork seeded(&clock);
  const MeasuredNetwork drawn(&seeded, &clock);
  const auto answers = drawn.RespondSeeded({Gray(1), Gray(1)}, {{0, 0}}, {7, 8});
  ASSERT_TRUE(answers.ok());
  EXPECT_EQ((*answers)[0][0][0], 7);
  EXPECT_EQ((*answers)[1][0][0], 8);
  const SlowNetwork plain(&clock);
  const MeasuredNetwork direct(&plain, &clock);
  EXPECT_EQ((*direct.RespondSeeded({Gray(1), Gray(1)}, {{0, 0}}, {7, 8}))[1][0].size(), 16);
}

TEST(MeasuredNetworkTest, PassesErrorsOn) {
  const FakeNetwork fake;
  const ManualClock clock;
  const MeasuredNetwork network(&fake, &clock);
  EXPECT_TRUE(absl::IsInvalidArgument(network.Respond({UniformImage(5, 5, 0)}, {{0, 0}}).status()));
}

}  // namespace
}  // namespace evoke
