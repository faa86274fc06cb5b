#include "sim_backend/emulator/open_ephys_server.h"

#include <algorithm>
#include <memory>

#include "clients/recorder/open_ephys/open_ephys_recorder.h"
#include "gmock/gmock.h"
#include "tests/recorder/open_ephys/collected.h"

namespace evoke {
namespace {

struct Format {
  const char* name;
  OpenEphysPlugin plugin;
  OpenEphysFormat format;
  bool unordered;
};

constexpr int kBlocks = 60;

class OpenEphysServerTest : public testing::TestWithParam<Format> {
 protected:
  OpenEphysServerTest() {
    options_.plugin = GetParam().plugin;
    options_.format = GetParam().format;
    options_.rig.unordered = GetParam().unordered;
  }
  void Start() {
    server_ = std::make_unique<OpenEphysServer>(options_);
    ASSERT_TRUE(server_->Start().ok());
    OpenEphysRecorderOptions options;
    options.plugin = options_.plugin;
    options.port = server_->program().data_port();
    options.heartbeat_port = -1;
    options.http_port = server_->program().http_port();
    options.http_poll_interval = absl::Milliseconds(20);
    options.sync_code_shift = 8;
    options.start_acquisition = true;
    for (int i = 1; i <= options_.rig.channels; ++i) {
      options.electrodes.push_back("SE " + std::to_string(i));
    }
    recorder_ = std::make_unique<OpenEphysRecorder>(options, clock_.get());
    const auto info = recorder_->Start();
    ASSERT_TRUE(info.ok()) << info.status();
    ASSERT_TRUE(server_->program().WaitForSubscriber(absl::Seconds(10)));
  }
  // Spikes at random, and every sixth block a stimulus with a code of its own.
  EmulatedBlock NextBlock() {
    EmulatedBlock block;
    block.samples = server_->block_samples();
    block.first_sample = 30000 + block.samples * count_;
    for (int i = 0; i < 6; ++i) {
      block.spikes.push_back({block.first_sample + rng_.Index(block.samples),
                              rng_.Index(options_.rig.channels), rng_.Index(3)});
    }
    std::sort(block.spikes.begin(), block.spikes.end(),
              [](const EmulatedSpike& a, const EmulatedSpike& b) { return a.sample < b.sample; });
    const auto code = static_cast<uint16_t>(1 + count_ % 255);
    if (count_ % 6 == 1) {
      block.edges.push_back({block.first_sample + 100, true, static_cast<uint16_t>(code << 8 | 1)});
      onset_codes_.push_back(code);
    }
    if (count_ % 6 == 4) block.edges.push_back({block.first_sample + 200, false, 0});
    ++count_;
    for (const EmulatedSpike& spike : block.spikes) {
      spikes_.push_back({spike.sample, spike.channel, spike.sorted_id, false});
    }
    for (const EmulatedEdge& edge : block.edges) {
      edges_.push_back({edge.sample, edge.rising, edge.rising ? code : 0u});
    }
    return block;
  }
  // What the server holds back comes with a block that has nothing of its own.
  void Flush() {
    for (int i = 0; i < 6; ++i) {
      EmulatedBlock block;
      block.samples = server_->block_samples();
      block.first_sample = 30000 + block.samples * count_++;
      block.edges.push_back({block.first_sample, i % 2 == 0, static_cast<uint16_t>(i % 2 == 0)});
      server_->Send(block);
    }
  }

  const std::unique_ptr<Clock> clock_ = NewSystemClock();
  OpenEphysServerOptions options_;
  std::unique_ptr<OpenEphysServer> server_;
  std::unique_ptr<OpenEphysRecorder> recorder_;
  Rng rng_{5};
  int64_t count_ = 0;
  std::vector<RecordedSpike> spikes_;
  std::vector<LineEdge> edges_;
  std::vector<int> onset_codes_;
};

bool BySample(const RecordedSpike& a, const RecordedSpike& b) {
  return std::tie(a.sample, a.channel, a.sorted_id) < std::tie(b.sample, b.channel, b.sorted_id);
}

TEST_P(OpenEphysServerTest, WhatGoesInAsBlocksComesOutOfTheRecorder) {
  Start();
  EXPECT_TRUE(server_->acquiring());
  EXPECT_EQ(server_->acquisition(), 1);
  EXPECT_EQ(server_->block_samples(), 690);
  Collected collected;
  for (int i = 0; i < kBlocks; ++i) {
    server_->Send(NextBlock());
    RigData data;
    ASSERT_TRUE(recorder_->Read(absl::Milliseconds(1), &data).ok());
    collected.Add(data);
  }
  const int64_t end = 30000 + server_->block_samples() * count_;
  Flush();
  collected.ReadUntil(recorder_.get(), [&] { return collected.complete_before > end; });
  EXPECT_EQ(collected.late, 0);
  EXPECT_THAT(collected.faults, testing::IsEmpty());
  const bool sorted = std::is_sorted(
      collected.spikes.begin(), collected.spikes.end(),
      [](const RecordedSpike& a, const RecordedSpike& b) { return a.sample < b.sample; });
  EXPECT_EQ(sorted, !GetParam().unordered);
  std::sort(collected.spikes.begin(), collected.spikes.end(), BySample);
  std::sort(spikes_.begin(), spikes_.end(), BySample);
  EXPECT_EQ(collected.spikes, spikes_);
  collected.edges.erase(std::remove_if(collected.edges.begin(), collected.edges.end(),
                                       [&](const LineEdge& edge) { return edge.sample >= end; }),
                        collected.edges.end());
  EXPECT_EQ(collected.edges, edges_);
  EXPECT_EQ(onset_codes_.size(), 10u);
}

TEST_P(OpenEphysServerTest, SampleNumbersGoOnOverAcquisitionsAndMessagesAreNumberedAnew) {
  Start();
  Collected collected;
  for (int i = 0; i < 3; ++i) server_->Send(NextBlock());
  collected.ReadUntil(recorder_.get(), [&] { return !collected.spikes.empty(); });
  server_->program().SetMode(OpenEphysMode::kIdle);
  EXPECT_FALSE(server_->acquiring());
  server_->Send(NextBlock());  // falls on deaf ears
  collected.ReadUntil(recorder_.get(), [&] { return collected.Troubled("press play"); });
  server_->program().SetMode(OpenEphysMode::kAcquire);
  EXPECT_EQ(server_->acquisition(), 2);
  collected.ReadUntil(recorder_.get(), [&] { return !collected.Troubled("press play"); });
  const int64_t before = recorder_->messages();
  server_->Send(NextBlock());
  server_->Send(NextBlock());
  collected.ReadUntil(recorder_.get(), [&] { return recorder_->messages() > before; });
  EXPECT_EQ(collected.restarts, 0);
  EXPECT_EQ(recorder_->lost_messages(), 0);
  EXPECT_GT(collected.Faults(RigFault::Kind::kJump), 0);
}

TEST_P(OpenEphysServerTest, TellsHowItIsReached) {
  Start();
  EXPECT_THAT(server_->Describe(),
              testing::HasSubstr("--port " + std::to_string(server_->program().data_port())));
}

INSTANTIATE_TEST_SUITE_P(
    Formats, OpenEphysServerTest,
    testing::Values(
        Format{"BroadcasterJson", OpenEphysPlugin::kEventBroadcaster, OpenEphysFormat::kJson, true},
        Format{"BroadcasterBinary", OpenEphysPlugin::kEventBroadcaster, OpenEphysFormat::kBinary,
               true},
        Format{"ZmqInterface", OpenEphysPlugin::kZmqInterface, OpenEphysFormat::kJson, true},
        Format{"ZmqInterfaceOrdered", OpenEphysPlugin::kZmqInterface, OpenEphysFormat::kJson,
               false}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace evoke
