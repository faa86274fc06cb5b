#include "clients/recorder/replay/intan_replay.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/recorder/intan/capture.h"

namespace evoke {
namespace {

void ExpectCountsIn(Chunks chunks) {
  IntanReplay replay(CaptureOptions(chunks));
  const auto info = replay.Start();
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->adapter, "intan-rhx");
  EXPECT_EQ(info->sample_rate_hz, 20000);
  Recorded all;
  ReadAll(replay, &all);
  ExpectCounts(all);
}

TEST(IntanReplayTest, CountsOfTheCaptureComeOutOfTheSocketsInTheRecordedChunks) {
  ExpectCountsIn(Chunks::kRecorded);
}

TEST(IntanReplayTest, CountsOfTheCaptureComeOutOfTheSocketsInRandomChunks) {
  ExpectCountsIn(Chunks::kRandom);
}

TEST(IntanReplayTest, AtASpeedItKeepsTheTimesOfTheRecording) {
  IntanReplayOptions options = CaptureOptions(Chunks::kRecorded);
  options.speed = 50;
  IntanReplay replay(options);
  ASSERT_TRUE(replay.Start().ok());
  const absl::Time start = absl::Now();
  Recorded all;
  ReadAll(replay, &all);
  // The last byte was received 22.28 s after the first; how late it may be is the machine's matter.
  EXPECT_GE(absl::Now() - start, absl::Seconds(22.28 / 50));
  ExpectCounts(all);
}

TEST(IntanReplayTest, CanBeStoppedInTheMiddleAndStartedAgain) {
  IntanReplay replay(CaptureOptions(Chunks::kRecorded));
  ASSERT_TRUE(replay.Start().ok());
  RigData data;
  while (data.newest_received_nanos == 0) {
    ASSERT_TRUE(replay.Read(absl::Seconds(1), &data).ok());
  }
  ASSERT_TRUE(replay.Stop().ok());
  ASSERT_TRUE(replay.Start().ok());
  Recorded all;
  ReadAll(replay, &all);
  ExpectCounts(all);
}

TEST(IntanReplayTest, AMissingFileIsNamed) {
  IntanReplayOptions options = CaptureOptions(Chunks::kRecorded);
  options.waveform_path = "tests/data/rig/nothing.bin";
  IntanReplay replay(options);
  const absl::Status status = replay.Start().status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("nothing.bin"));
}

TEST(IntanReplayTest, ALogOfAnotherFileIsRefused) {
  IntanReplayOptions options = CaptureOptions(Chunks::kRecorded);
  options.spikes_log_path = options.waveform_log_path;
  EXPECT_TRUE(absl::IsDataLoss(IntanReplay(options).Start().status()));
}

}  // namespace
}  // namespace evoke
