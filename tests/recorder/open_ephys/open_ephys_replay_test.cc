#include "clients/recorder/replay/open_ephys_replay.h"

#include <fstream>

#include "gmock/gmock.h"
#include "nlohmann/json.hpp"
#include "tests/recorder/open_ephys/collected.h"

namespace evoke {
namespace {

constexpr char kEventBroadcasterJson[] = "tests/data/rig/oe_cap1_json_event_broadcaster.frames.gz";
constexpr char kEventBroadcasterBinary[] =
    "tests/data/rig/oe_cap2_binary_event_broadcaster.frames.gz";
constexpr char kZmqInterface[] = "tests/data/rig/oe_cap1_json_zmq_interface_trim.frames.gz";

OpenEphysReplayOptions Options(const char* path) {
  OpenEphysReplayOptions options;
  options.path = path;
  options.plugin =
      path == kZmqInterface ? OpenEphysPlugin::kZmqInterface : OpenEphysPlugin::kEventBroadcaster;
  options.speed = 0;
  return options;
}

Collected Play(const OpenEphysReplayOptions& options, int64_t* lost_messages = nullptr) {
  const auto clock = NewSystemClock();
  OpenEphysReplay replay(options, clock.get());
  const auto info = replay.Start();
  EXPECT_TRUE(info.ok()) << info.status();
  Collected collected;
  if (!info.ok()) return collected;
  collected.ReadUntil(&replay, [&] { return collected.Troubled("the capture has ended"); });
  EXPECT_EQ(collected.complete_before, std::numeric_limits<int64_t>::max());
  if (lost_messages != nullptr) *lost_messages = replay.lost_messages();
  EXPECT_TRUE(replay.Stop().ok());
  return collected;
}

// Rising edges of the line, and the spikes after each, are what was counted from the capture.
void ExpectTheCountsOfTheCapture(const Collected& collected) {
  std::ifstream file("tests/data/rig/oe_cap1_expected_counts.json");
  const nlohmann::json expected = nlohmann::json::parse(file);
  std::vector<int64_t> onsets;
  for (const LineEdge& edge : collected.edges) {
    if (edge.rising) onsets.push_back(edge.sample);
  }
  const auto& presentations = expected["presentations"];
  ASSERT_EQ(onsets.size(), presentations.size());
  ASSERT_EQ(onsets.size(), 36u);
  for (size_t i = 0; i < onsets.size(); ++i) {
    EXPECT_EQ(onsets[i], presentations[i]["onset_sample"].get<int64_t>());
    EXPECT_EQ(
        collected.Counts(onsets[i], expected["window_samples"][0], expected["window_samples"][1]),
        (presentations[i]["counts"].get<std::map<std::string, int>>()));
  }
}

class OpenEphysReplayCountsTest : public testing::TestWithParam<std::pair<const char*, int>> {};

TEST_P(OpenEphysReplayCountsTest, EveryCountOfTheCaptureComesOutOfTheSockets) {
  OpenEphysReplayOptions options = Options(GetParam().first);
  options.reorder = GetParam().second > 0;
  options.seed = static_cast<uint64_t>(GetParam().second);
  const Collected collected = Play(options);
  EXPECT_EQ(collected.spikes.size(), 2802u);
  EXPECT_EQ(collected.edges.size(), 73u);
  EXPECT_EQ(collected.late, 0);
  EXPECT_THAT(collected.faults, testing::IsEmpty());
  ExpectTheCountsOfTheCapture(collected);
}

INSTANTIATE_TEST_SUITE_P(
    OrdersAndSeeds, OpenEphysReplayCountsTest,
    testing::Values(std::pair(kEventBroadcasterJson, 0), std::pair(kEventBroadcasterJson, 1),
                    std::pair(kEventBroadcasterJson, 2), std::pair(kEventBroadcasterJson, 3),
                    std::pair(kZmqInterface, 0), std::pair(kZmqInterface, 1),
                    std::pair(kZmqInterface, 2), std::pair(kZmqInterface, 3)),
    [](const auto& test) {
      return std::string(test.param.first == kZmqInterface ? "ZmqInterface" : "EventBroadcaster") +
             std::to_string(test.param.second);
    });

TEST(OpenEphysReplayTest, ReorderingReordersAndKeepsEachElectrodesOrder) {
  OpenEphysReplayOptions options = Options(kEventBroadcasterJson);
  options.reorder = true;
  const Collected plain = Play(Options(kEventBroadcasterJson));
  const Collected reordered = Play(options);
  auto samples = [](const Collected& collected, const std::string& channel) {
    std::vector<int64_t> result;
    for (const RecordedSpike& spike : collected.spikes) {
      if (channel.empty() || collected.channels[static_cast<size_t>(spike.channel)] == channel) {
        result.push_back(spike.sample);
      }
    }
    return result;
  };
  EXPECT_NE(samples(plain, ""), samples(reordered, ""));
  for (const std::string& channel : plain.channels) {
    EXPECT_EQ(samples(plain, channel), samples(reordered, channel)) << channel;
  }
}

TEST(OpenEphysReplayTest, TheBinaryCaptureComesOutWhole) {
  OpenEphysReplayOptions options = Options(kEventBroadcasterBinary);
  options.recorder.sample_rate_hz = 30000;
  for (const int line : {0, 1}) {
    options.recorder.stimulus_line = line;
    const Collected collected = Play(options);
    EXPECT_EQ(collected.spikes.size(), 1850u);
    EXPECT_EQ(collected.edges.size(), 48u);  // of 96, on two lines
    EXPECT_EQ(collected.channels.size(), 8u);
    EXPECT_EQ(collected.late, 0);
    EXPECT_THAT(collected.faults, testing::IsEmpty());
  }
}

TEST(OpenEphysReplayTest, AsCapturedTheHolesOfTheCaptureAreLosses) {
  OpenEphysReplayOptions options = Options(kZmqInterface);
  options.as_captured = true;
  int64_t lost_messages = 0;
  const Collected collected = Play(options, &lost_messages);
  EXPECT_EQ(lost_messages, 7861);
  EXPECT_GT(collected.Faults(RigFault::Kind::kLoss), 0);
  int64_t told = 0;
  for (const RigFault& fault : collected.faults) {
    ASSERT_EQ(fault.kind, RigFault::Kind::kLoss);
    told += std::stoll(fault.message);
  }
  EXPECT_EQ(told, 7861);
  EXPECT_EQ(collected.spikes.size(), 2802u);
}

TEST(OpenEphysReplayTest, ASyncCodeWaitsForItsLinesAndIsOutAtTheEnd) {
  OpenEphysReplayOptions options = Options(kEventBroadcasterJson);
  options.recorder.sync_code_shift = 0;  // lines 0 and 1 stand for a code
  const Collected collected = Play(options);
  ASSERT_EQ(collected.edges.size(), 73u);
  EXPECT_EQ(collected.late, 0);
  for (const LineEdge& edge : collected.edges) EXPECT_EQ(edge.sync_code, edge.rising ? 3u : 0u);
}

TEST(OpenEphysReplayTest, AtASpeedMessagesComeAtTheirTimes) {
  OpenEphysReplayOptions options = Options(kEventBroadcasterJson);
  options.speed = 20;
  const absl::Time start = absl::Now();
  const Collected collected = Play(options);
  EXPECT_GT(absl::Now() - start, absl::Seconds(28.0 / 20));
  EXPECT_EQ(collected.spikes.size(), 2802u);
  ExpectTheCountsOfTheCapture(collected);
}

TEST(OpenEphysReplayTest, TheRateIsKnownFromTheStartWhereTheCaptureTellsIt) {
  const auto clock = NewSystemClock();
  for (const auto& [path, rate] :
       {std::pair(kEventBroadcasterJson, 30000.0), std::pair(kZmqInterface, 30000.0),
        std::pair(kEventBroadcasterBinary, 0.0)}) {
    OpenEphysReplay replay(Options(path), clock.get());
    const auto info = replay.Start();
    ASSERT_TRUE(info.ok()) << info.status();
    EXPECT_EQ(info->sample_rate_hz, rate);
  }
}

TEST(OpenEphysReplayTest, AMissingCaptureIsNamed) {
  const auto clock = NewSystemClock();
  OpenEphysReplay replay(Options("no/such.frames"), clock.get());
  EXPECT_EQ(replay.Start().status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace evoke
