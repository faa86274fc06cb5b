#include "sim_backend/emulator/rig_emulator.h"

#include <map>
#include <memory>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int64_t kMs = 1'000'000;

// Every unit answers 50, 51 and 149 ms after the onset; `burst` more at 60 ms.
class Neurons : public SpikeSource {
 public:
  std::vector<absl::StatusOr<std::vector<UnitSpikes>>> Spikes(
      absl::Span<const v1::PresentationNotice> presentations) override {
    std::vector<absl::StatusOr<std::vector<UnitSpikes>>> answers;
    for (const v1::PresentationNotice& notice : presentations) {
      std::vector<UnitSpikes> units;
      for (const auto& unit : notice.objective().units()) {
        std::vector<int64_t> times = {50 * kMs, 51 * kMs, 149 * kMs};
        times.insert(times.end(), static_cast<size_t>(burst), 60 * kMs);
        units.push_back({unit.unit(), times});
      }
      answers.push_back(std::move(units));
    }
    return answers;
  }
  int burst = 0;
};

// Keeps what is sent.
class Server : public RigServer {
 public:
  absl::Status Start() override { return absl::OkStatus(); }
  bool acquiring() const override { return true; }
  int acquisition() const override { return 1; }
  int block_samples() const override { return 600; }
  void Send(const EmulatedBlock& block) override {
    MutexLock lock(&mutex_);
    EXPECT_EQ(block.first_sample, until_);
    until_ = block.first_sample + block.samples;
    for (const EmulatedSpike& spike : block.spikes) spikes_[spike.channel].push_back(spike.sample);
    for (const EmulatedEdge& edge : block.edges) edges_.push_back(edge);
    sent_.SignalAll();
  }
  std::string Describe() const override { return ""; }
  void WaitUntil(int64_t sample) {
    MutexLock lock(&mutex_);
    while (until_ < sample) sent_.Wait(&mutex_);
  }
  // To be looked at once nothing is sent any more.
  std::map<int, std::vector<int64_t>> spikes_;
  std::vector<EmulatedEdge> edges_;

 private:
  Mutex mutex_;
  CondVar sent_;
  int64_t until_ = 0;
};

// The sample clock starts with the emulator, a second behind.
class RigEmulatorTest : public testing::Test {
 protected:
  RigEmulatorTest() {
    options_.units = {"a", "b"};
    options_.lag = absl::Seconds(1);
    options_.delay = absl::ZeroDuration();
  }
  void Make() { emulator_ = std::make_unique<RigEmulator>(options_, &neurons_, &server_, &clock_); }
  // Shown so long after the start, for 60 ms.
  absl::Status Show(int64_t onset_nanos, double center_x = 0) {
    v1::PresentationNotice notice;
    v1::Trial& trial = *notice.mutable_trial();
    trial.set_name("experiments/e/trials/1");
    trial.set_sync_code(0x1234);
    trial.mutable_presentation()->mutable_onset()->set_local_nanos(7);
    trial.mutable_presentation()->mutable_offset()->set_local_nanos(7 + 60 * kMs);
    notice.mutable_shown()->set_size_deg(2);
    notice.mutable_shown()->set_center_x(center_x);
    v1::Image& image = *notice.mutable_stimulus()->mutable_image();
    image.set_width(2);
    image.set_height(2);
    image.set_rgb(std::string(12, '\x10'));
    return emulator_->Show(notice, start_ + onset_nanos);
  }
  void Send() {
    emulator_->Start();
    clock_.Advance(absl::Seconds(2));
    server_.WaitUntil(2 * 30000);
    emulator_->Stop();
  }

  ManualClock clock_;
  const int64_t start_ = clock_.MonotonicNanos();
  RigEmulatorOptions options_;
  Neurons neurons_;
  Server server_;
  std::unique_ptr<RigEmulator> emulator_;
};

TEST_F(RigEmulatorTest, TheLineFollowsTheDisplayAfterTheDelayAndTheNeuronsFollowTheLine) {
  options_.delay = absl::Milliseconds(20);
  Make();
  ASSERT_TRUE(Show(100 * kMs).ok());
  Send();
  // Sample 0 is a lag before the start.
  const int64_t onset = 30 * (1000 + 100 + 20);
  ASSERT_EQ(server_.edges_.size(), 2u);
  EXPECT_EQ(server_.edges_[0].sample, onset);
  EXPECT_TRUE(server_.edges_[0].rising);
  EXPECT_EQ(server_.edges_[0].word, 0x3401);
  EXPECT_EQ(server_.edges_[1].sample, onset + 30 * 60);
  EXPECT_FALSE(server_.edges_[1].rising);
  EXPECT_THAT(server_.spikes_[1], ElementsAre(onset + 1500, onset + 1530, onset + 4470));
}

TEST_F(RigEmulatorTest, SpikesOfOneMomentFindSamplesOfTheirOwnWithinTheStep) {
  neurons_.burst = 50;
  Make();
  ASSERT_TRUE(Show(0).ok());
  Send();
  const std::vector<int64_t>& spikes = server_.spikes_[0];
  ASSERT_EQ(spikes.size(), 53u);
  for (size_t i = 1; i < spikes.size(); ++i) EXPECT_GT(spikes[i], spikes[i - 1]);
  const int64_t onset = server_.edges_[0].sample;
  EXPECT_EQ(spikes[2], onset + 1800);
  EXPECT_LT(spikes[51], onset + 1860);
}

TEST_F(RigEmulatorTest, MoreSpikesThanSamplesAreAnErrorThatSaysSo) {
  neurons_.burst = 100;
  Make();
  EXPECT_THAT(Show(0).message(), HasSubstr("80 spikes are missing"));  // 40 on each channel
}

TEST_F(RigEmulatorTest, WhatIsToldTooLateIsNotRecorded) {
  Make();
  Send();
  EXPECT_TRUE(absl::IsUnavailable(Show(100 * kMs)));
}

TEST_F(RigEmulatorTest, AStimulusOutsideTheReceptiveFieldMovesTheLineAlone) {
  options_.receptive_field = {5, 0, 2};
  Make();
  ASSERT_TRUE(Show(0).ok());
  ASSERT_TRUE(Show(500 * kMs, 5.5).ok());
  Send();
  ASSERT_EQ(server_.edges_.size(), 4u);
  ASSERT_EQ(server_.spikes_[0].size(), 3u);
  EXPECT_GT(server_.spikes_[0][0], server_.edges_[2].sample);
}

TEST(ThroughTest, TheFieldSeesTheStimulusWhereItIsAndTheBackgroundElsewhere) {
  v1::Image image;
  image.set_width(2);
  image.set_height(2);
  image.set_rgb("aaabbbcccddd");
  v1::PresentationSpec shown;
  shown.set_size_deg(2);
  shown.set_background(0);
  EXPECT_EQ(Through({0, 0, 2}, image, shown)->rgb(), image.rgb());
  // Looking one degree to the right: the stimulus' right half is on the field's left.
  const std::string black(3, '\0');
  EXPECT_EQ(Through({1, 0, 2}, image, shown)->rgb(), "bbb" + black + "ddd" + black);
  EXPECT_FALSE(Through({1.1, 0, 2}, image, shown).has_value());
}

TEST(RigEmulatorOptionsTest, ErrorsNameTheField) {
  RigEmulatorOptions options;
  EXPECT_THAT(options.Validate().message(), HasSubstr("units"));
  options.units = {"a"};
  EXPECT_TRUE(options.Validate().ok());
  options.lag = absl::Milliseconds(10);
  EXPECT_THAT(options.Validate().message(), HasSubstr("lag"));
}

}  // namespace
}  // namespace evoke
