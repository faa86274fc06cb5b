#include "clients/rig/channel_health.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

using ::testing::HasSubstr;

constexpr double kRate = 1000;  // samples a second

// 90 s of five channels: 20 spikes/s, none, 20 spikes/s for 20 s, 900 spikes/s, artifacts.
ChannelHealth Ninety() {
  ChannelHealth health(kRate);
  for (int64_t sample = 0; sample < 90 * 1000; ++sample) {
    if (sample % 50 == 0) health.Add({sample, 0, 0, false});
    if (sample % 50 == 0 && sample < 20 * 1000) health.Add({sample, 2, 0, false});
    if (sample % 10 != 0) health.Add({sample, 3, 0, false});
    if (sample % 50 == 0) health.Add({sample, 4, 0, sample % 100 != 50 || sample % 500 == 50});
    if (sample % 20 == 0) health.Advance(sample, 5);
  }
  return health;
}

TEST(ChannelHealthTest, TellsDeadSilentAndSaturatedChannelsFromGoodOnes) {
  const ChannelHealth health = Ninety();
  using State = ChannelHealth::State;
  EXPECT_EQ(health.channels()[0].state, State::kGood);
  EXPECT_EQ(health.channels()[1].state, State::kDead);
  EXPECT_EQ(health.channels()[2].state, State::kSilent);
  EXPECT_EQ(health.channels()[3].state, State::kSaturated);
  EXPECT_EQ(health.channels()[4].state, State::kArtifacts);
  EXPECT_NEAR(health.channels()[0].rate_hz, 20, 1);
  EXPECT_NEAR(health.channels()[3].rate_hz, 900, 10);
}

TEST(ChannelHealthTest, TheReportNamesTheChannelsAndWhatIsWrong) {
  const std::string report = Ninety().Report({"E 1", "E 2", "E 3", "E 4", "E 5"});
  EXPECT_THAT(report, HasSubstr("4 of 5 channels"));
  EXPECT_THAT(report, HasSubstr("E 2 dead"));
  EXPECT_THAT(report, HasSubstr("E 3 silent"));
  EXPECT_THAT(report, HasSubstr("E 4 saturated (9"));
  EXPECT_THAT(report, HasSubstr("artifacts"));
}

TEST(ChannelHealthTest, NothingIsWrongWithAllGoodChannelsOrInTheFirstMinute) {
  ChannelHealth health(kRate);
  for (int64_t sample = 0; sample < 50 * 1000; sample += 50) {
    health.Add({sample, 0, 0, false});
    health.Advance(sample, 2);
  }
  EXPECT_EQ(health.Report({"E 1", "E 2"}), "");
}

}  // namespace
}  // namespace evoke
