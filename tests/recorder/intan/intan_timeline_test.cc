#include "clients/recorder/intan/intan_timeline.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr int64_t kSecondNanos = 1'000'000'000;

// Writes of two blocks at 20 kS/s.
class IntanTimelineTest : public testing::Test {
 protected:
  IntanTimelineTest()
      : timeline_({.sample_rate_hz = 20000, .sync_code_shift = 8, .write_samples = 256}) {}

  // `blocks` blocks from a sample on, with the word of the digital inputs.
  void Waveform(int64_t first, int blocks, uint16_t word = 0) {
    std::vector<IntanDigitalBlock> added;
    for (int i = 0; i < blocks; ++i) {
      IntanDigitalBlock& block = added.emplace_back();
      block.first_sample = static_cast<uint32_t>(first + i * kIntanBlockSamples);
      block.words.fill(word);
    }
    timeline_.AddWaveform(&added, nanos_);
  }
  void Spikes(std::vector<int64_t> samples, const std::string& channel = "A-000") {
    std::vector<IntanSpike> added;
    for (const int64_t sample : samples) {
      IntanSpike& spike = added.emplace_back();
      std::copy_n(channel.begin(), 5, spike.channel.begin());
      spike.sample = static_cast<uint32_t>(sample);
      spike.id = 1;
    }
    timeline_.AddSpikes(&added);
  }
  // All that is certain by now.
  std::vector<RigData> Settle() {
    timeline_.Settle(true);
    std::vector<RigData> all;
    while (auto data = timeline_.Take()) all.push_back(*data);
    return all;
  }
  RigData SettleOne() {
    const std::vector<RigData> all = Settle();
    EXPECT_EQ(all.size(), 1);
    return all.empty() ? RigData() : all[0];
  }
  static std::vector<int64_t> SamplesOf(const RigData& data) {
    std::vector<int64_t> samples;
    for (const RecordedSpike& spike : data.spikes) samples.push_back(spike.sample);
    return samples;
  }

  int64_t nanos_ = kSecondNanos;
  IntanTimeline timeline_;
};

TEST_F(IntanTimelineTest, TheLastWriteIsCompleteOnlyUpToItsLastSpike) {
  Waveform(0, 4);
  Spikes({10, 300});
  RigData data = SettleOne();
  EXPECT_THAT(SamplesOf(data), ElementsAre(10, 300));
  EXPECT_EQ(data.complete_before, 300);
  EXPECT_EQ(data.newest_sample, 511);
  Waveform(512, 2);
  EXPECT_EQ(SettleOne().complete_before, 512);
}

TEST_F(IntanTimelineTest, ASpikeThatIsAheadWaitsForItsWaveform) {
  Waveform(0, 2);
  Spikes({10, 300});
  RigData data = SettleOne();
  EXPECT_THAT(SamplesOf(data), ElementsAre(10));
  // None before 300 can follow, but of the line nothing is known behind 255.
  EXPECT_EQ(data.complete_before, 256);
  Waveform(256, 2);
  EXPECT_THAT(SamplesOf(SettleOne()), ElementsAre(300));
}

TEST_F(IntanTimelineTest, EdgesHaveTheSyncCodeAndTheFirstWordIsNone) {
  Waveform(0, 1, 0x2b01);
  Waveform(128, 1, 0x0000);
  Waveform(256, 1, 0xab01);
  // Another line is not the stimulus.
  Waveform(384, 1, 0xab03);
  EXPECT_THAT(SettleOne().edges, ElementsAre(LineEdge{128, false, 0}, LineEdge{256, true, 0xab}));
}

TEST_F(IntanTimelineTest, JoiningARunDeclaresWhatCameBeforeUnknown) {
  Spikes({4990, 5010});
  Waveform(5000, 2);
  const RigData data = SettleOne();
  EXPECT_THAT(SamplesOf(data), ElementsAre(5010));
  ASSERT_EQ(data.faults.size(), 1);
  EXPECT_EQ(data.faults[0].last_sample, 4999);
}

TEST_F(IntanTimelineTest, SpikesOfTheOldRunThatArriveWithTheNewOneStayOld) {
  Waveform(0, 1000);
  Spikes({100, 127'000});
  SettleOne();
  Waveform(128'000, 2);
  Waveform(0, 4, 1);
  Spikes({127'800, 128'100, 50, 200, 600});
  const std::vector<RigData> all = Settle();
  ASSERT_EQ(all.size(), 2);
  EXPECT_THAT(SamplesOf(all[0]), ElementsAre(127'800, 128'100));
  EXPECT_FALSE(all[0].clock_restarted);
  EXPECT_EQ(all[0].complete_before, 128'256);
  EXPECT_TRUE(all[1].clock_restarted);
  EXPECT_THAT(SamplesOf(all[1]), ElementsAre(50, 200));
  EXPECT_THAT(all[1].edges, IsEmpty());  // the state that the run began with
  EXPECT_EQ(all[1].complete_before, 512);
  ASSERT_EQ(all[1].faults.size(), 1);
  EXPECT_EQ(all[1].faults[0].kind, RigFault::Kind::kJump);
  EXPECT_EQ(all[1].faults[0].last_sample, -1);
}

TEST_F(IntanTimelineTest, SpikesOfTheNewRunThatArriveBeforeItsWaveformWaitForIt) {
  Waveform(0, 1000);
  Spikes({127'900, 50, 200});
  RigData data = SettleOne();
  EXPECT_THAT(SamplesOf(data), ElementsAre(127'900));
  EXPECT_LT(data.complete_before, 128'000);
  Waveform(0, 4);
  const std::vector<RigData> all = Settle();
  ASSERT_EQ(all.size(), 2);
  EXPECT_THAT(all[0].spikes, IsEmpty());
  EXPECT_THAT(SamplesOf(all[1]), ElementsAre(50, 200));
  EXPECT_TRUE(all[1].clock_restarted);
}

TEST_F(IntanTimelineTest, AfterAShortRunTheBeginOfTheNextIsNotTrusted) {
  Waveform(0, 2);
  Spikes({10});
  SettleOne();
  // 300 may be of either run.
  Waveform(0, 4);
  Spikes({300});
  const std::vector<RigData> all = Settle();
  ASSERT_EQ(all.size(), 2);
  ASSERT_EQ(all[1].faults.size(), 1);
  EXPECT_GE(all[1].faults[0].last_sample, 512);
}

TEST_F(IntanTimelineTest, TwoRestartsAtOnceGiveThreeResults) {
  Waveform(0, 100);
  Waveform(0, 50);
  Waveform(0, 10);
  Spikes({12'000, 5000, 6000, 100});
  const std::vector<RigData> all = Settle();
  ASSERT_EQ(all.size(), 3);
  EXPECT_THAT(SamplesOf(all[0]), ElementsAre(12'000));
  EXPECT_THAT(SamplesOf(all[1]), ElementsAre(5000, 6000));
  EXPECT_THAT(SamplesOf(all[2]), ElementsAre(100));
  EXPECT_TRUE(all[1].clock_restarted && all[2].clock_restarted);
}

TEST_F(IntanTimelineTest, ARestartAfterHalfTheWayRoundIsNoJumpAhead) {
  const int64_t far = (int64_t{1} << 31) - 128;
  Waveform(far, 4);
  Spikes({far + 400});
  RigData data = SettleOne();
  EXPECT_THAT(SamplesOf(data), ElementsAre(far + 400));
  Waveform(0, 2);
  Spikes({10});
  const std::vector<RigData> all = Settle();
  ASSERT_EQ(all.size(), 2);
  EXPECT_TRUE(all[1].clock_restarted);
  EXPECT_THAT(SamplesOf(all[1]), ElementsAre(10));
}

TEST_F(IntanTimelineTest, AJumpAheadIsAFaultOfTheMissingSamplesAndNoEdge) {
  Waveform(0, 2, 0);
  SettleOne();
  Waveform(1000, 2, 1);
  const RigData data = SettleOne();
  EXPECT_FALSE(data.clock_restarted);
  EXPECT_THAT(data.edges, IsEmpty());
  ASSERT_EQ(data.faults.size(), 1);
  EXPECT_EQ(data.faults[0].kind, RigFault::Kind::kJump);
  EXPECT_EQ(data.faults[0].first_sample, 256);
  EXPECT_EQ(data.faults[0].last_sample, 999);
}

TEST_F(IntanTimelineTest, WhileSpikesAreNotConnectedNothingMoreIsComplete) {
  Waveform(0, 10);
  Spikes({1200});
  EXPECT_EQ(SettleOne().complete_before, 1200);
  timeline_.SpikesDropped();
  Waveform(1280, 10);
  EXPECT_EQ(SettleOne().complete_before, 1200);
  timeline_.SpikesConnected();
  Waveform(2560, 2);
  const RigData data = SettleOne();
  EXPECT_EQ(data.complete_before, 2816 - 256);
  ASSERT_EQ(data.faults.size(), 1);
  EXPECT_EQ(data.faults[0].kind, RigFault::Kind::kDropped);
  EXPECT_EQ(data.faults[0].first_sample, 1200);
  EXPECT_EQ(data.faults[0].last_sample, 2816 + 256 - 1);
}

TEST_F(IntanTimelineTest, AWaveformThatComesBackLaterInTheSameRunGoesOn) {
  Waveform(0, 2);
  SettleOne();
  timeline_.WaveformDropped();
  nanos_ += kSecondNanos / 2;
  Spikes({5000, 10'100});
  Waveform(10'000, 2);
  const RigData data = SettleOne();
  EXPECT_FALSE(data.clock_restarted);
  EXPECT_THAT(SamplesOf(data), ElementsAre(5000, 10'100));
  ASSERT_EQ(data.faults.size(), 1);
  EXPECT_EQ(data.faults[0].kind, RigFault::Kind::kDropped);
  EXPECT_EQ(data.faults[0].first_sample, 255);
  EXPECT_EQ(data.faults[0].last_sample, 10'000);
}

TEST_F(IntanTimelineTest, AWaveformThatComesBackAtATimeThatDoesNotFitIsOfAnotherRun) {
  Waveform(0, 2);
  SettleOne();
  timeline_.WaveformDropped();
  nanos_ += 60 * kSecondNanos;
  Waveform(10'000, 2);  // a minute is 1,200,000 samples
  const std::vector<RigData> all = Settle();
  ASSERT_EQ(all.size(), 2);
  EXPECT_TRUE(all[1].clock_restarted);
}

TEST_F(IntanTimelineTest, SpikesMayBeFarAheadOfAWaveformThatIsReadLate) {
  Waveform(0, 2);
  Spikes({10, 60'000, 70'000});
  EXPECT_EQ(SettleOne().complete_before, 10);
  Waveform(256, 400);
  EXPECT_THAT(SettleOne().spikes, IsEmpty());
  Waveform(256 + 400 * 128, 200);
  const RigData data = SettleOne();
  EXPECT_THAT(SamplesOf(data), ElementsAre(60'000, 70'000));
  EXPECT_THAT(data.faults, IsEmpty());
}

TEST_F(IntanTimelineTest, ASpikeFarAheadDoesNotHideThoseBehindItForLong) {
  Waveform(0, 2);
  Spikes({1'000'000, 300});
  EXPECT_THAT(SettleOne().spikes, IsEmpty());
  Waveform(256, 10);
  EXPECT_LE(SettleOne().complete_before, 256);
  Waveform(256 + 1280, 100);
  const RigData data = SettleOne();
  EXPECT_THAT(SamplesOf(data), ElementsAre(300));
  ASSERT_EQ(data.faults.size(), 1);
  EXPECT_EQ(data.faults[0].kind, RigFault::Kind::kLoss);
}

TEST_F(IntanTimelineTest, ASpikeThatComesTooLateIsALossAndTheNextMayTakeAsLong) {
  Waveform(0, 100);
  SettleOne();
  Spikes({12'000, 12'700});
  Waveform(12'800, 2);
  EXPECT_THAT(SettleOne().spikes, IsEmpty());  // perhaps a new run has begun
  Waveform(13'056, 100);
  const RigData data = SettleOne();
  EXPECT_THAT(SamplesOf(data), ElementsAre(12'700));
  ASSERT_EQ(data.faults.size(), 1);
  EXPECT_EQ(data.faults[0].kind, RigFault::Kind::kLoss);
  EXPECT_EQ(data.faults[0].first_sample, 12'000);
  EXPECT_LE(data.complete_before, 13'056 + 12'800 - (13'056 - 12'000));
}

TEST_F(IntanTimelineTest, LostSpikesOfGarbageAreWithinTheFault) {
  Waveform(0, 4);
  Spikes({300});
  SettleOne();
  timeline_.SpikeGarbage(20);
  Waveform(512, 2);
  const RigData data = SettleOne();
  ASSERT_EQ(data.faults.size(), 1);
  EXPECT_EQ(data.faults[0].kind, RigFault::Kind::kGarbage);
  EXPECT_EQ(data.faults[0].first_sample, 300);
  EXPECT_EQ(data.faults[0].last_sample, 768 + 256 - 1);
}

TEST_F(IntanTimelineTest, ArtifactsAreMarkedAndChannelsNumberedAsTheyCome) {
  timeline_.AddChannel("A-003");
  Waveform(0, 2);
  std::vector<IntanSpike> added = {{{'B', '-', '0', '0', '1'}, 5, 0x80},
                                   {{'A', '-', '0', '0', '3'}, 6, 4}};
  timeline_.AddSpikes(&added);
  const RigData data = SettleOne();
  EXPECT_THAT(data.new_channels, ElementsAre("A-003", "B-001"));
  EXPECT_THAT(data.spikes, ElementsAre(RecordedSpike{5, 1, 0, true}, RecordedSpike{6, 0, 3}));
}

TEST_F(IntanTimelineTest, TheEndOfAStoppedRunIsComplete) {
  Waveform(0, 4);
  EXPECT_EQ(SettleOne().complete_before, 256);
  timeline_.SettleEnd();
  EXPECT_EQ(timeline_.Take()->complete_before, 512);
  EXPECT_FALSE(timeline_.Take().has_value());
}

}  // namespace
}  // namespace evoke
