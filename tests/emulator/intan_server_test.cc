#include "sim_backend/emulator/intan_server.h"

#include <limits>
#include <random>

#include "clients/recorder/intan/intan_recorder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

using testing::ElementsAreArray;

IntanServerOptions Options(bool unordered, uint64_t seed = 1) {
  IntanServerOptions options;
  options.rig.channels = 5;
  options.rig.unordered = unordered;
  options.rig.seed = seed;
  options.command_port = options.waveform_port = options.spike_port = 0;
  return options;
}

// Random spikes and a line that changes now and then, and what of them should be recorded.
class Scene {
 public:
  Scene(int64_t first_sample, uint64_t seed) : first_(first_sample), random_(seed) {}

  EmulatedBlock Next() {
    EmulatedBlock block{.first_sample = first_ + next_, .samples = kIntanBlockSamples};
    for (int i = 0; i < block.samples; ++i, ++next_) {
      for (int channel = 0; channel < 5; ++channel) {
        if (random_() % 300 != 0) continue;
        const int unit = static_cast<int>(random_() % 5);
        block.spikes.push_back({first_ + next_, channel, unit});
        spikes.push_back({next_, channel, unit, false});
      }
      if (next_ == 0 || random_() % 500 != 0) continue;
      rising_ = !rising_;
      const auto code = static_cast<uint16_t>(rising_ ? random_() % 255 + 1 : 0);
      block.edges.push_back(
          {first_ + next_, rising_, static_cast<uint16_t>(code << 8 | (rising_ ? 1 : 0))});
      edges.push_back({next_, rising_, code});
    }
    return block;
  }
  int64_t samples() const { return next_; }

  std::vector<RecordedSpike> spikes;
  std::vector<LineEdge> edges;

 private:
  const int64_t first_;
  int64_t next_ = 0;
  bool rising_ = false;
  std::mt19937_64 random_;
};

struct Recorded {
  std::vector<RecordedSpike> spikes;
  std::vector<LineEdge> edges;
  int64_t newest_sample = -1;
  int64_t complete_before = std::numeric_limits<int64_t>::min();
  int restarts = 0;
};

IntanRecorderOptions RecorderOptions(IntanServer& server) {
  IntanRecorderOptions options;
  options.command_port = server.program().command_port();
  options.sync_code_shift = 8;
  options.start_acquisition = true;
  return options;
}

void Take(IntanRecorder& recorder, absl::Duration timeout, Recorded* all) {
  RigData data;
  ASSERT_TRUE(recorder.Read(timeout, &data).ok());
  if (data.clock_restarted) *all = Recorded{.restarts = all->restarts + 1};
  for (const RecordedSpike& spike : data.spikes) ASSERT_GE(spike.sample, all->complete_before);
  for (const LineEdge& edge : data.edges) ASSERT_GE(edge.sample, all->complete_before);
  all->complete_before = data.complete_before;
  all->spikes.insert(all->spikes.end(), data.spikes.begin(), data.spikes.end());
  all->edges.insert(all->edges.end(), data.edges.begin(), data.edges.end());
  if (data.newest_received_nanos != 0) all->newest_sample = data.newest_sample;
  if (!data.clock_restarted) {
    for (const RigFault& fault : data.faults) ADD_FAILURE() << fault.message;
  }
}

class IntanServerTest : public testing::TestWithParam<bool> {
 protected:
  // Sends `blocks` blocks and reads them, then the last write's late spikes.
  void Play(IntanServer& server, IntanRecorder& recorder, Scene& scene, int blocks, Recorded* all) {
    for (int i = 0; i < blocks; ++i) {
      server.Send(scene.Next());
      if (i % 7 == 0) Take(recorder, absl::ZeroDuration(), all);
    }
    const absl::Time deadline = absl::Now() + absl::Seconds(20);
    while (all->newest_sample < scene.samples() - 1 ||
           (!GetParam() && all->spikes.size() < scene.spikes.size())) {
      ASSERT_LT(absl::Now(), deadline) << all->newest_sample << " " << all->spikes.size();
      Take(recorder, absl::Milliseconds(20), all);
    }
  }
  static std::vector<RecordedSpike> Before(int64_t sample, std::vector<RecordedSpike> spikes) {
    std::erase_if(spikes, [=](const RecordedSpike& spike) { return spike.sample >= sample; });
    return spikes;
  }
};

TEST_P(IntanServerTest, WhatGoesInAsBlocksComesOutOfTheAdapter) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    IntanServer server(Options(GetParam(), seed));
    ASSERT_TRUE(server.Start().ok());
    EXPECT_FALSE(server.acquiring());
    IntanRecorder recorder(RecorderOptions(server));
    const auto info = recorder.Start();
    ASSERT_TRUE(info.ok()) << info.status();
    EXPECT_TRUE(server.acquiring());
    EXPECT_EQ(server.acquisition(), 1);
    // The emulated clock did not begin with the run.
    Scene scene(777 * 128, seed);
    Recorded all;
    Play(server, recorder, scene, 400, &all);
    ASSERT_GT(scene.spikes.size(), 500);
    // Some of the last write may still be waiting in the server.
    const int64_t sure = GetParam() ? scene.samples() - 256 : scene.samples();
    EXPECT_THAT(Before(sure, all.spikes), ElementsAreArray(Before(sure, scene.spikes)));
    EXPECT_THAT(all.edges, ElementsAreArray(scene.edges));
    EXPECT_GT(scene.edges.size(), 50);
    // What waits is sent when the run is over.
    ASSERT_TRUE(recorder.Stop().ok());
    EXPECT_FALSE(server.acquiring());
  }
}

TEST_P(IntanServerTest, ANewRunBeginsAtZeroAndKeepsItsSpikesApart) {
  IntanServer server(Options(GetParam()));
  ASSERT_TRUE(server.Start().ok());
  IntanRecorder recorder(RecorderOptions(server));
  ASSERT_TRUE(recorder.Start().ok());
  Recorded all;
  Scene first(0, 1);
  Play(server, recorder, first, 300, &all);
  server.program().WithSettings([](IntanSettings& settings) {
    settings.SetRunMode("Stop");
    settings.SetRunMode("Run");
  });
  EXPECT_EQ(server.acquisition(), 2);
  Scene second(300 * 128, 2);
  server.Send(second.Next());
  server.Send(second.Next());
  const absl::Time deadline = absl::Now() + absl::Seconds(20);
  while (all.restarts == 0) {
    ASSERT_LT(absl::Now(), deadline);
    Take(recorder, absl::Milliseconds(20), &all);
  }
  Play(server, recorder, second, 100, &all);
  EXPECT_EQ(all.restarts, 1);
  const int64_t sure = GetParam() ? second.samples() - 256 : second.samples();
  EXPECT_THAT(Before(sure, all.spikes), ElementsAreArray(Before(sure, second.spikes)));
  EXPECT_THAT(all.edges, ElementsAreArray(second.edges));
}

TEST_P(IntanServerTest, SendsNothingOfChannelsThatWereNotAskedFor) {
  IntanServer server(Options(GetParam()));
  ASSERT_TRUE(server.Start().ok());
  IntanRecorderOptions options = RecorderOptions(server);
  options.channels = {"A-002"};
  IntanRecorder recorder(options);
  ASSERT_TRUE(recorder.Start().ok());
  Scene scene(0, 1);
  Recorded all;
  for (int i = 0; i < 100; ++i) server.Send(scene.Next());
  const absl::Time deadline = absl::Now() + absl::Seconds(20);
  while (all.newest_sample < scene.samples() - 1) {
    ASSERT_LT(absl::Now(), deadline);
    Take(recorder, absl::Milliseconds(20), &all);
  }
  std::erase_if(scene.spikes, [](const RecordedSpike& spike) { return spike.channel != 2; });
  for (RecordedSpike& spike : scene.spikes) spike.channel = 0;
  const int64_t sure = scene.samples() - 256;
  EXPECT_THAT(Before(sure, all.spikes), ElementsAreArray(Before(sure, scene.spikes)));
}

INSTANTIATE_TEST_SUITE_P(Order, IntanServerTest, testing::Bool(), [](const auto& instance) {
  return instance.param ? "Unordered" : "InOrder";
});

TEST(IntanServerDescribeTest, SaysWhereItListensAndHowToRecordIt) {
  IntanServer server(Options(true));
  ASSERT_TRUE(server.Start().ok());
  EXPECT_THAT(server.Describe(),
              testing::HasSubstr("--port " + std::to_string(server.program().command_port())));
}

}  // namespace
}  // namespace evoke
