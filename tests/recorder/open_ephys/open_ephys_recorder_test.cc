#include "clients/recorder/open_ephys/open_ephys_recorder.h"

#include <atomic>
#include <memory>

#include "absl/strings/str_cat.h"
#include "clients/recorder/open_ephys/open_ephys_program.h"
#include "gmock/gmock.h"
#include "tests/recorder/open_ephys/collected.h"

namespace evoke {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr int kBlock = 690;

class OpenEphysRecorderTest : public testing::Test {
 protected:
  void StartProgram(OpenEphysPlugin plugin, OpenEphysMode mode = OpenEphysMode::kAcquire) {
    OpenEphysProgramOptions options;
    options.plugin = plugin;
    options.mode = mode;
    options.drop_when_full = false;
    options.stream = "probe";
    options.sample_rate_hz = rate_told_by_http_;
    program_ = std::make_unique<OpenEphysProgram>(options);
    ASSERT_TRUE(program_->Start().ok());
    options_.plugin = plugin;
    options_.port = program_->data_port();
    options_.heartbeat_port =
        plugin == OpenEphysPlugin::kZmqInterface ? program_->heartbeat_port() : -1;
    options_.http_port = program_->http_port();
    options_.http_poll_interval = absl::Milliseconds(20);
  }
  void StartRecorder() {
    recorder_ = std::make_unique<OpenEphysRecorder>(options_, clock_.get());
    const auto info = recorder_->Start();
    ASSERT_TRUE(info.ok()) << info.status();
    ASSERT_TRUE(program_->WaitForSubscriber(absl::Seconds(10)));
  }
  void Start(OpenEphysPlugin plugin, OpenEphysMode mode = OpenEphysMode::kAcquire) {
    StartProgram(plugin, mode);
    StartRecorder();
  }

  void Publish(OpenEphysMessage message) {
    std::vector<std::string> parts;
    if (options_.plugin == OpenEphysPlugin::kZmqInterface) {
      message.message_num = ++number_;
      parts = EncodeZmqInterface(message);
    } else if (const auto* spike = std::get_if<OpenEphysSpike>(&message.content)) {
      parts = EncodeEventBroadcaster(*spike, format_);
    } else {
      parts = EncodeEventBroadcaster(std::get<OpenEphysTtl>(message.content), format_);
    }
    ASSERT_TRUE(program_->Publish(parts));
  }
  void Spike(int64_t sample, const char* electrode = "SE 1") {
    OpenEphysSpike spike;
    spike.stream = stream_;
    spike.stream_id = 10003;
    spike.electrode = electrode;
    spike.electrode_index = 0;
    spike.sample = sample;
    spike.sample_rate_hz = 30000;
    spike.amplitudes_uv = {80};
    spike.thresholds_uv = {-60};
    Publish({spike});
  }
  void Block(int64_t first) {
    static const std::string samples(4 * kBlock, '\0');
    OpenEphysData data;
    data.stream = stream_;
    data.channel_name = "CH1";
    data.first_sample = first;
    data.num_samples = kBlock;
    data.sample_rate_hz = 30000;
    data.samples = samples;
    Publish({data});
  }
  void ReadSpikes(size_t count) {
    collected_.ReadUntil(recorder_.get(), [&] { return collected_.spikes.size() >= count; });
  }
  void ReadTrouble(const std::string& text) {
    collected_.ReadUntil(recorder_.get(), [&] { return collected_.Troubled(text); });
  }
  void ReadHealed() {
    collected_.ReadUntil(recorder_.get(), [&] { return collected_.last.trouble.empty(); });
  }

  std::unique_ptr<Clock> clock_ = NewSystemClock();
  double rate_told_by_http_ = 0;
  std::string stream_ = "probe";
  OpenEphysFormat format_ = OpenEphysFormat::kJson;
  OpenEphysRecorderOptions options_;
  std::unique_ptr<OpenEphysProgram> program_;
  std::unique_ptr<OpenEphysRecorder> recorder_;
  Collected collected_;
  int64_t number_ = 0;
};

constexpr auto kBroadcaster = OpenEphysPlugin::kEventBroadcaster;
constexpr auto kZmqInterface = OpenEphysPlugin::kZmqInterface;

TEST_F(OpenEphysRecorderTest, WithoutThePluginStartSaysWhichPortAndWhatToDo) {
  StartProgram(kBroadcaster);
  const int port = program_->data_port();
  program_->Stop();
  options_.connect_timeout = absl::Milliseconds(50);
  OpenEphysRecorder recorder(options_, clock_.get());
  const auto info = recorder.Start();
  EXPECT_EQ(info.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(info.status().message()), HasSubstr(absl::StrCat(port)));
  EXPECT_THAT(std::string(info.status().message()), HasSubstr("Event Broadcaster"));
}

TEST_F(OpenEphysRecorderTest, AFailedStartCanBeTriedAgain) {
  StartProgram(kBroadcaster);
  program_->StopHttp();
  OpenEphysProgramOptions later;
  later.plugin = kBroadcaster;
  later.http_port = options_.http_port;
  recorder_ = std::make_unique<OpenEphysRecorder>(options_, clock_.get());
  EXPECT_FALSE(recorder_->Start().ok());
  OpenEphysProgram other(later);
  ASSERT_TRUE(other.Start().ok());
  const auto info = recorder_->Start();
  ASSERT_TRUE(info.ok()) << info.status();
  ASSERT_TRUE(program_->WaitForSubscriber(absl::Seconds(10)));
  Spike(60000);
  ReadSpikes(1);
  EXPECT_TRUE(recorder_->Stop().ok());
  EXPECT_EQ(recorder_->Start().status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(OpenEphysRecorderTest, WithoutTheHttpServerStartSaysWhereToEnableIt) {
  StartProgram(kBroadcaster);
  program_->StopHttp();
  OpenEphysRecorder recorder(options_, clock_.get());
  const auto info = recorder.Start();
  EXPECT_EQ(info.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(info.status().message()), HasSubstr("File > Enable HTTP server"));
}

TEST_F(OpenEphysRecorderTest, StartsTheAcquisitionIfAskedToAndStopsOnlyWhatItStarted) {
  StartProgram(kBroadcaster, OpenEphysMode::kIdle);
  options_.start_acquisition = true;
  StartRecorder();
  EXPECT_EQ(program_->mode(), OpenEphysMode::kAcquire);
  EXPECT_TRUE(recorder_->Stop().ok());
  EXPECT_EQ(program_->mode(), OpenEphysMode::kIdle);
  EXPECT_TRUE(recorder_->Stop().ok());
  RigData data;
  EXPECT_EQ(recorder_->Read(absl::ZeroDuration(), &data).code(),
            absl::StatusCode::kFailedPrecondition);

  program_->SetMode(OpenEphysMode::kRecord);
  StartRecorder();
  EXPECT_TRUE(recorder_->Stop().ok());
  EXPECT_EQ(program_->mode(), OpenEphysMode::kRecord);
}

TEST_F(OpenEphysRecorderTest, ExpectedElectrodesComeFirstAndOthersWhenTheyFire) {
  StartProgram(kBroadcaster);
  options_.electrodes = {"SE 2", "SE 1"};
  StartRecorder();
  RigData data;
  ASSERT_TRUE(recorder_->Read(absl::ZeroDuration(), &data).ok());
  EXPECT_THAT(data.new_channels, ElementsAre("SE 2", "SE 1"));
  collected_.Add(data);
  Spike(60000, "SE 1");
  Spike(60010, "TT 1");
  ReadSpikes(2);
  EXPECT_THAT(collected_.channels, ElementsAre("SE 2", "SE 1", "TT 1"));
  EXPECT_EQ(collected_.spikes[0], (RecordedSpike{60000, 1, 0, false}));
  EXPECT_EQ(collected_.spikes[1], (RecordedSpike{60010, 2, 0, false}));
  EXPECT_EQ(recorder_->sample_rate_hz(), 30000);
  EXPECT_EQ(collected_.last.newest_sample, 60010);
  EXPECT_NEAR(static_cast<double>(collected_.last.newest_received_nanos),
              static_cast<double>(clock_->MonotonicNanos()), 5e9);
}

TEST_F(OpenEphysRecorderTest, AnIdleGuiIsTroubleAndTheStandstillAFault) {
  Start(kBroadcaster);
  Spike(60000);
  ReadSpikes(1);
  ReadHealed();
  program_->SetMode(OpenEphysMode::kIdle);
  ReadTrouble("press play");
  // Nothing completes while it stands still, by whatever clock.
  const int64_t complete_before = collected_.complete_before;
  const absl::Time end = absl::Now() + absl::Milliseconds(500);
  collected_.ReadUntil(recorder_.get(), [&] { return absl::Now() > end; });
  EXPECT_EQ(collected_.complete_before, complete_before);
  EXPECT_EQ(collected_.Faults(RigFault::Kind::kJump), 0);
  program_->SetMode(OpenEphysMode::kAcquire);
  ReadHealed();
  Spike(61000);
  ReadSpikes(2);
  ASSERT_EQ(collected_.Faults(RigFault::Kind::kJump), 1);
  EXPECT_LE(collected_.faults[0].first_sample, 60000);
  EXPECT_GE(collected_.faults[0].last_sample, 61000);
  EXPECT_EQ(collected_.restarts, 0);
}

TEST_F(OpenEphysRecorderTest, AGuiWhoseHttpServerFallsSilentIsTroubleAndDataGoOn) {
  Start(kBroadcaster);
  program_->StopHttp();
  ReadTrouble("does not answer");
  Spike(60000);
  ReadSpikes(1);
}

TEST_F(OpenEphysRecorderTest, ASilentLineOfEventBroadcasterStillCompletes) {
  Start(kBroadcaster);
  Spike(60000);
  ReadSpikes(1);
  collected_.ReadUntil(recorder_.get(), [&] { return collected_.complete_before > 70000; });
  EXPECT_THAT(collected_.faults, testing::IsEmpty());
}

TEST_F(OpenEphysRecorderTest, ASilentLineCompletesByOurClockWhereThereIsNoControl) {
  StartProgram(kBroadcaster);
  options_.http_port = 0;
  StartRecorder();
  Spike(60000);
  ReadSpikes(1);
  collected_.ReadUntil(recorder_.get(), [&] { return collected_.complete_before > 70000; });
}

TEST_F(OpenEphysRecorderTest, BlocksOfContinuousDataAreTheClockOfZmqInterface) {
  Start(kZmqInterface);
  Block(60000);
  Spike(60100);
  Block(60000 + kBlock);
  collected_.ReadUntil(recorder_.get(), [&] { return collected_.spikes.size() == 1; });
  collected_.ReadUntil(recorder_.get(), [&] { return recorder_->messages() == 3; });
  EXPECT_EQ(collected_.complete_before, 60000 + 2 * kBlock - 1 - 1500);
}

TEST_F(OpenEphysRecorderTest, ASilentZmqInterfaceIsTroubleAndCompletesNothing) {
  Start(kZmqInterface);
  Block(60000);
  collected_.ReadUntil(recorder_.get(), [&] { return recorder_->messages() == 1; });
  ReadTrouble("stream silent");
  EXPECT_EQ(collected_.complete_before, 60000 + kBlock - 1 - 1500);
  Block(75000);
  ReadHealed();
  EXPECT_THAT(collected_.faults, testing::IsEmpty());
}

TEST_F(OpenEphysRecorderTest, MissingNumbersAreALossOfWhatLiesBetween) {
  Start(kZmqInterface);
  Block(60000);
  Block(60000 + kBlock);
  number_ += 5;
  Block(60000 + 10 * kBlock);
  collected_.ReadUntil(recorder_.get(), [&] { return recorder_->messages() == 3; });
  EXPECT_EQ(recorder_->lost_messages(), 5);
  ASSERT_EQ(collected_.Faults(RigFault::Kind::kLoss), 1);
  EXPECT_THAT(collected_.faults[0].message, HasSubstr("5 messages"));
  EXPECT_LE(collected_.faults[0].first_sample, 60000 + kBlock);
  EXPECT_GE(collected_.faults[0].last_sample, 60000 + 10 * kBlock);
}

TEST_F(OpenEphysRecorderTest, NumbersThatBeginAnewAreANewAcquisitionButNoNewClock) {
  Start(kZmqInterface);
  Block(60000);
  number_ = 0;
  Block(60000 + kBlock);
  collected_.ReadUntil(recorder_.get(), [&] { return recorder_->messages() == 2; });
  EXPECT_EQ(recorder_->lost_messages(), 0);
  EXPECT_EQ(collected_.restarts, 0);
  ASSERT_EQ(collected_.Faults(RigFault::Kind::kJump), 1);
  EXPECT_THAT(collected_.faults[0].message, HasSubstr("started again"));
}

TEST_F(OpenEphysRecorderTest, AJumpBackRestartsTheClockInAReadOfItsOwn) {
  Start(kZmqInterface);
  Spike(1'199'400);
  Block(1'199'000);
  Spike(593);
  Spike(700);
  collected_.ReadUntil(recorder_.get(), [&] {
    // No Read() mixes the clocks.
    for (const RecordedSpike& spike : collected_.last.spikes) {
      EXPECT_EQ(spike.sample < 10'000, collected_.restarts == 1);
    }
    return collected_.spikes.size() == 3;
  });
  EXPECT_EQ(collected_.restarts, 1);
  EXPECT_EQ(collected_.Faults(RigFault::Kind::kJump), 1);
  EXPECT_LT(collected_.complete_before, 593);
  EXPECT_EQ(collected_.last.newest_sample, 700);
}

TEST_F(OpenEphysRecorderTest, AJumpForwardIsAFault) {
  Start(kZmqInterface);
  Block(60000);
  Spike(600'000);
  ReadSpikes(1);
  EXPECT_EQ(collected_.restarts, 0);
  ASSERT_EQ(collected_.Faults(RigFault::Kind::kJump), 1);
  EXPECT_EQ(collected_.faults[0].last_sample, 600'000);
}

TEST_F(OpenEphysRecorderTest, ABrokenConnectionIsTroubleAndThenAFault) {
  Start(kBroadcaster);
  Spike(60000);
  ReadSpikes(1);
  ASSERT_TRUE(program_->DropConnections().ok());
  ReadTrouble("no connection");
  ReadHealed();
  ASSERT_TRUE(program_->WaitForSubscriber(absl::Seconds(10)));
  EXPECT_EQ(collected_.Faults(RigFault::Kind::kDropped), 0);
  Spike(63000);
  ReadSpikes(2);
  ASSERT_EQ(collected_.Faults(RigFault::Kind::kDropped), 1);
  EXPECT_LE(collected_.faults[0].first_sample, 60000);
  EXPECT_GE(collected_.faults[0].last_sample, 63000);
  EXPECT_EQ(collected_.late, 0);
}

TEST_F(OpenEphysRecorderTest, GarbageIsAFaultAndReadingGoesOn) {
  Start(kBroadcaster);
  Spike(60000);
  program_->Publish({"nonsense"});
  program_->Publish(std::vector<std::string>(20, "too many parts"));
  Spike(60100);
  ReadSpikes(2);
  ASSERT_EQ(collected_.Faults(RigFault::Kind::kGarbage), 2);
  EXPECT_LE(collected_.faults[0].first_sample, 60000);
  EXPECT_GE(collected_.faults[0].last_sample, 60000);
  EXPECT_EQ(recorder_->messages(), 4);
}

TEST_F(OpenEphysRecorderTest, OtherStreamsAreIgnoredAndTheirLossesAreNot) {
  Start(kZmqInterface);
  Spike(60000);
  stream_ = "lfp";
  Spike(5);
  number_ += 2;
  Spike(6);
  stream_ = "probe";
  Spike(60001);
  ReadSpikes(2);
  EXPECT_EQ(collected_.spikes[1].sample, 60001);
  EXPECT_EQ(collected_.restarts, 0);
  EXPECT_EQ(recorder_->lost_messages(), 2);
  EXPECT_EQ(collected_.Faults(RigFault::Kind::kLoss), 1);
}

TEST_F(OpenEphysRecorderTest, AStreamThatIsNotThereIsTrouble) {
  StartProgram(kZmqInterface);
  options_.stream = "Probe B";
  StartRecorder();
  Spike(60000);
  ReadTrouble("nothing of stream Probe B but of probe");
}

TEST_F(OpenEphysRecorderTest, BinaryMessagesNeedARateFromElsewhere) {
  StartProgram(kBroadcaster);
  format_ = OpenEphysFormat::kBinary;
  StartRecorder();
  Spike(60000);
  ReadSpikes(1);
  ReadTrouble("sample rate is not known");
}

TEST_F(OpenEphysRecorderTest, TheGuiTellsTheRateWhereMessagesDoNot) {
  rate_told_by_http_ = 25000;
  Start(kBroadcaster);
  format_ = OpenEphysFormat::kBinary;
  EXPECT_EQ(recorder_->sample_rate_hz(), 25000);
  Spike(60000);
  ReadSpikes(1);
  EXPECT_EQ(collected_.complete_before, 60000 - 1250);
}

TEST_F(OpenEphysRecorderTest, TheOperatorSeesUsInTheGuisListOfClients) {
  Start(kZmqInterface);
  collected_.ReadUntil(recorder_.get(), [&] { return program_->heartbeats() >= 1; });
}

TEST_F(OpenEphysRecorderTest, WakeEndsTheNextReadWithoutWaiting) {
  Start(kBroadcaster);
  recorder_->Wake();
  const absl::Time start = absl::Now();
  RigData data;
  ASSERT_TRUE(recorder_->Read(absl::Seconds(60), &data).ok());
  EXPECT_LT(absl::Now() - start, absl::Seconds(30));
}

// Every look at the clock takes a millisecond: work is slow.
class SlowClock : public Clock {
 public:
  absl::Time Now() const override { return absl::UnixEpoch(); }
  int64_t MonotonicNanos() const override { return nanos_.fetch_add(1'000'000); }

 private:
  mutable std::atomic<int64_t> nanos_ = 1'000'000'000;
};

TEST_F(OpenEphysRecorderTest, FallingBehindIsTroubleUntilItIsMadeUpFor) {
  StartProgram(kBroadcaster);
  options_.http_port = 0;
  options_.speed = 0;
  clock_ = std::make_unique<SlowClock>();
  options_.connect_timeout = absl::Hours(1);
  StartRecorder();
  constexpr int kMessages = 30'000;
  for (int i = 0; i < kMessages; ++i) Spike(60000 + i);
  ReadTrouble("can't keep up");
  collected_.ReadUntil(recorder_.get(), [&] { return recorder_->messages() == kMessages; });
  ReadHealed();
  EXPECT_EQ(collected_.spikes.size(), static_cast<size_t>(kMessages));
}

}  // namespace
}  // namespace evoke
