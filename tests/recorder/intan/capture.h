// The capture of RHX in tests/data/rig, replayed and compared with what was counted in it by other
// means.
#ifndef EVOKE_TESTS_RECORDER_INTAN_CAPTURE_H_
#define EVOKE_TESTS_RECORDER_INTAN_CAPTURE_H_

#include <limits>
#include <map>
#include <string>
#include <vector>

#include "clients/recorder/replay/intan_replay.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/recorder/intan/gz_file.h"

namespace evoke {

using Chunks = IntanReplayOptions::Chunks;

inline IntanReplayOptions CaptureOptions(Chunks chunks) {
  const std::string base = "tests/data/rig/rhx_cap1_";
  IntanReplayOptions options;
  options.spikes_path = base + "spikes.bin.gz";
  options.spikes_log_path = base + "spikes.recvlog.csv.gz";
  options.waveform_path = base + "digital.bin.gz";
  options.waveform_log_path = base + "digital.recvlog.csv.gz";
  options.speed = 0;
  options.chunks = chunks;
  return options;
}

struct Recorded {
  std::vector<std::string> channels;
  std::vector<RecordedSpike> spikes;
  std::vector<LineEdge> edges;
  int64_t newest_sample = -1;
};

// Reads to the end, and checks what every Read() promises.
inline void ReadAll(IntanReplay& replay, Recorded* all) {
  int64_t complete = std::numeric_limits<int64_t>::min();
  const absl::Time deadline = absl::Now() + absl::Seconds(120);
  while (absl::Now() < deadline) {
    RigData data;
    ASSERT_TRUE(replay.Read(absl::Seconds(1), &data).ok());
    ASSERT_FALSE(data.clock_restarted);
    for (const RigFault& fault : data.faults) ADD_FAILURE() << fault.message;
    for (const RecordedSpike& spike : data.spikes) ASSERT_GE(spike.sample, complete);
    for (const LineEdge& edge : data.edges) ASSERT_GE(edge.sample, complete);
    ASSERT_GE(data.complete_before, complete);
    complete = data.complete_before;
    if (data.newest_received_nanos != 0) all->newest_sample = data.newest_sample;
    all->channels.insert(all->channels.end(), data.new_channels.begin(), data.new_channels.end());
    all->spikes.insert(all->spikes.end(), data.spikes.begin(), data.spikes.end());
    all->edges.insert(all->edges.end(), data.edges.begin(), data.edges.end());
    if (data.trouble == "the capture has ended") {
      EXPECT_EQ(complete, std::numeric_limits<int64_t>::max());
      return;
    }
  }
  FAIL() << "the capture does not end";
}

// Every count that was made from the capture by other means.
inline void ExpectCounts(const Recorded& all) {
  EXPECT_EQ(all.spikes.size(), 1097);
  EXPECT_EQ(all.newest_sample, 446719);
  EXPECT_EQ(all.edges.size(), 44);
  const auto expected =
      nlohmann::json::parse(ReadGz("tests/data/rig/rhx_cap1_expected_counts.json"));
  const int64_t begin = expected["window_samples"][0], end = expected["window_samples"][1];
  std::vector<int64_t> onsets;
  for (const LineEdge& edge : all.edges) {
    if (edge.rising) onsets.push_back(edge.sample);
  }
  ASSERT_EQ(onsets.size(), expected["presentations"].size());
  int total = 0;
  for (size_t i = 0; i < onsets.size(); ++i) {
    const auto& presentation = expected["presentations"][i];
    EXPECT_EQ(onsets[i], presentation["onset_sample"]);
    std::map<std::string, int> counts;
    for (const RecordedSpike& spike : all.spikes) {
      if (spike.artifact) continue;
      const int64_t t = spike.sample - onsets[i];
      if (t >= begin && t < end) ++counts[all.channels[static_cast<size_t>(spike.channel)]];
    }
    for (const auto& [channel, count] : presentation["counts"].items()) {
      EXPECT_EQ(counts[channel], count) << channel << " at " << onsets[i];
      total += counts[channel];
    }
  }
  EXPECT_EQ(total, 199);
}

}  // namespace evoke

#endif  // EVOKE_TESTS_RECORDER_INTAN_CAPTURE_H_
