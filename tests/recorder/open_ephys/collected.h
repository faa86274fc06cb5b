// Everything that a recorder delivered, put together as its reader would.
#ifndef EVOKE_TESTS_RECORDER_OPEN_EPHYS_COLLECTED_H_
#define EVOKE_TESTS_RECORDER_OPEN_EPHYS_COLLECTED_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "clients/recorder/recorder.h"
#include "gtest/gtest.h"

namespace evoke {

struct Collected {
  std::vector<std::string> channels;
  std::vector<RecordedSpike> spikes;
  std::vector<LineEdge> edges;
  std::vector<RigFault> faults;
  RigData last;
  int restarts = 0;
  int late = 0;  // events before what had been told to be complete
  int64_t complete_before = std::numeric_limits<int64_t>::min();

  void Add(const RigData& data) {
    if (data.clock_restarted) {
      ++restarts;
      complete_before = std::numeric_limits<int64_t>::min();
    }
    channels.insert(channels.end(), data.new_channels.begin(), data.new_channels.end());
    for (const RecordedSpike& spike : data.spikes) {
      late += spike.sample < complete_before;
      ASSERT_LT(static_cast<size_t>(spike.channel), channels.size());
    }
    for (const LineEdge& edge : data.edges) late += edge.sample < complete_before;
    spikes.insert(spikes.end(), data.spikes.begin(), data.spikes.end());
    edges.insert(edges.end(), data.edges.begin(), data.edges.end());
    faults.insert(faults.end(), data.faults.begin(), data.faults.end());
    EXPECT_GE(data.complete_before, complete_before);
    complete_before = data.complete_before;
    last = data;
  }

  // Reads until `done` or, as a failure, for 20 s.
  void ReadUntil(Recorder* recorder, const std::function<bool()>& done) {
    const absl::Time end = absl::Now() + absl::Seconds(20);
    while (!done()) {
      ASSERT_LT(absl::Now(), end) << "trouble: " << last.trouble;
      RigData data;
      const absl::Status status = recorder->Read(absl::Milliseconds(10), &data);
      ASSERT_TRUE(status.ok()) << status;
      Add(data);
    }
  }

  int Faults(RigFault::Kind kind) const {
    return static_cast<int>(std::count_if(faults.begin(), faults.end(),
                                          [&](const RigFault& f) { return f.kind == kind; }));
  }
  bool Troubled(const std::string& text) const {
    return last.trouble.find(text) != std::string::npos;
  }
  // Spikes in [onset + start, onset + end), by channel name.
  std::map<std::string, int> Counts(int64_t onset, int64_t start, int64_t end) const {
    std::map<std::string, int> counts;
    for (const std::string& channel : channels) counts[channel] = 0;
    for (const RecordedSpike& spike : spikes) {
      const int64_t t = spike.sample - onset;
      if (t >= start && t < end) ++counts[channels[static_cast<size_t>(spike.channel)]];
    }
    return counts;
  }
};

}  // namespace evoke

#endif  // EVOKE_TESTS_RECORDER_OPEN_EPHYS_COLLECTED_H_
