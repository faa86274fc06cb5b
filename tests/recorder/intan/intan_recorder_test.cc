#include "clients/recorder/intan/intan_recorder.h"

#include <atomic>
#include <functional>
#include <thread>

#include "clients/recorder/intan/intan_program.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

IntanProgramOptions ProgramOptions(bool running) {
  IntanProgramOptions options;
  options.command_port = options.waveform_port = options.spike_port = 0;
  options.channels = {"A-000", "A-001", "A-002"};
  options.blocks_per_write = 1;
  options.running = running;
  return options;
}

// A recorder, and the program that it records from, in the hands of the test.
class IntanRecorderTest : public testing::Test {
 protected:
  void Begin(bool running = true, bool start_acquisition = false) {
    program_ = std::make_unique<IntanProgram>(ProgramOptions(running));
    ASSERT_TRUE(program_->Start().ok());
    IntanRecorderOptions options;
    options.command_port = program_->command_port();
    options.start_acquisition = start_acquisition;
    recorder_ = std::make_unique<IntanRecorder>(options);
    const auto info = recorder_->Start();
    ASSERT_TRUE(info.ok()) << info.status();
    EXPECT_EQ(info->program, "Intan RHX 3.4.0 (ControllerRecordUSB3)");
    EXPECT_EQ(info->sample_rate_hz, 20000);
  }

  bool Waveform(int64_t first, int blocks, uint16_t word = 0) {
    std::string bytes;
    for (int i = 0; i < blocks; ++i) {
      IntanDigitalBlock block;
      block.first_sample = static_cast<uint32_t>(first + i * kIntanBlockSamples);
      block.words.fill(word);
      AppendIntanBlock(block, &bytes);
    }
    return program_->Send(IntanOutput::kWaveform, bytes);
  }
  bool Spikes(std::vector<uint32_t> samples) {
    std::string bytes;
    for (const uint32_t sample : samples) {
      AppendIntanSpike({{'A', '-', '0', '0', '1'}, sample, 0x40}, &bytes);
    }
    return program_->Send(IntanOutput::kSpikes, bytes);
  }
  // Reads until `done` of all that was read, in all_.
  void ReadUntil(const std::function<bool()>& done) {
    const absl::Time deadline = absl::Now() + absl::Seconds(20);
    while (!done()) {
      ASSERT_LT(absl::Now(), deadline) << "trouble: " << last_.trouble;
      ReadOnce(absl::Milliseconds(20));
    }
  }
  void ReadOnce(absl::Duration timeout) {
    ASSERT_TRUE(recorder_->Read(timeout, &last_).ok());
    if (last_.clock_restarted) {
      // In its own Read(): nothing of the old run is with it.
      ++restarts_;
      spikes_.clear();
      edges_.clear();
      newest_ = -1;
    }
    for (const RecordedSpike& spike : last_.spikes) spikes_.push_back(spike.sample);
    for (const LineEdge& edge : last_.edges) edges_.push_back(edge.sample);
    faults_.insert(faults_.end(), last_.faults.begin(), last_.faults.end());
    channels_.insert(channels_.end(), last_.new_channels.begin(), last_.new_channels.end());
    if (last_.newest_received_nanos != 0) newest_ = last_.newest_sample;
  }
  void ReadUpTo(int64_t sample) {
    ReadUntil([&] { return newest_ >= sample; });
  }

  std::unique_ptr<IntanProgram> program_;
  std::unique_ptr<IntanRecorder> recorder_;
  RigData last_;
  std::vector<int64_t> spikes_, edges_;
  std::vector<RigFault> faults_;
  std::vector<std::string> channels_;
  int restarts_ = 0;
  int64_t newest_ = -1;
};

TEST_F(IntanRecorderTest, SetsRhxUpAndReadsSpikesAndEdges) {
  Begin();
  program_->WithSettings([](IntanSettings& settings) {
    EXPECT_TRUE(settings.spikes_enabled("A-000") && settings.spikes_enabled("A-002"));
    EXPECT_TRUE(settings.digital_enabled());
    EXPECT_EQ(settings.blocks_per_write, 1);  // runs, so it stays as it is
  });
  ASSERT_TRUE(Waveform(0, 2, 0) && Spikes({5, 150}) && Waveform(256, 1, 1));
  ReadUpTo(383);
  EXPECT_THAT(spikes_, ElementsAre(5, 150));
  EXPECT_THAT(edges_, ElementsAre(256));
  EXPECT_THAT(channels_, ElementsAre("A-000", "A-001", "A-002"));
  EXPECT_EQ(last_.complete_before, 256);
  EXPECT_THAT(faults_, IsEmpty());
  EXPECT_EQ(last_.trouble, "");
}

TEST_F(IntanRecorderTest, TellsTheThresholdOfEveryChannel) {
  Begin();
  EXPECT_THAT(recorder_->thresholds_uv(), ElementsAre(-70, -70, -70));
}

TEST_F(IntanRecorderTest, WhileRhxIsStoppedItAsksForSmallWrites) {
  Begin(/*running=*/false);
  program_->WithSettings([](IntanSettings& settings) { EXPECT_EQ(settings.blocks_per_write, 2); });
}

TEST_F(IntanRecorderTest, StoppedIsTroubleUntilRunIsPressed) {
  Begin(/*running=*/false);
  ReadOnce(absl::ZeroDuration());
  EXPECT_EQ(last_.trouble, "RHX is stopped: press Run");
  ReadUntil([&] { return newest_ < 0 && last_.trouble == "RHX is stopped: press Run"; });
  program_->WithSettings([](IntanSettings& settings) { settings.SetRunMode("Run"); });
  ASSERT_TRUE(Waveform(0, 1));
  ReadUpTo(127);
  EXPECT_EQ(last_.trouble, "");
}

TEST_F(IntanRecorderTest, StartsAndStopsTheAcquisitionWhenToldTo) {
  Begin(/*running=*/false, /*start_acquisition=*/true);
  program_->WithSettings([](IntanSettings& settings) { EXPECT_TRUE(settings.running()); });
  ASSERT_TRUE(recorder_->Stop().ok());
  program_->WithSettings([](IntanSettings& settings) { EXPECT_FALSE(settings.running()); });
  EXPECT_TRUE(recorder_->Stop().ok());
}

TEST_F(IntanRecorderTest, LeavesARunningAcquisitionRunning) {
  Begin(/*running=*/true, /*start_acquisition=*/true);
  ASSERT_TRUE(recorder_->Stop().ok());
  program_->WithSettings([](IntanSettings& settings) {
    EXPECT_TRUE(settings.running());
    EXPECT_EQ(settings.runs, 1);
  });
}

TEST_F(IntanRecorderTest, StopPressedInTheMiddleIsToldAndTheEndIsComplete) {
  Begin();
  ASSERT_TRUE(Waveform(0, 2));
  ReadUpTo(255);
  EXPECT_EQ(last_.complete_before, 128);
  program_->WithSettings([](IntanSettings& settings) { settings.SetRunMode("Stop"); });
  ReadUntil([&] { return last_.trouble == "RHX is stopped: press Run"; });
  ReadUntil([&] { return last_.complete_before == 256; });
}

TEST_F(IntanRecorderTest, ASilentStreamOfARunningRhxIsTrouble) {
  Begin();
  ASSERT_TRUE(Waveform(0, 1));
  ReadUntil([&] { return !last_.trouble.empty(); });
  EXPECT_THAT(last_.trouble, HasSubstr("the data stream is silent"));
  EXPECT_THAT(last_.trouble, HasSubstr("Run"));
  ASSERT_TRUE(Waveform(128, 1));
  ReadUpTo(255);
  EXPECT_EQ(last_.trouble, "");
}

TEST_F(IntanRecorderTest, ARestartHasItsOwnReadAndNoSpikeIsTakenForAnotherRuns) {
  Begin();
  ASSERT_TRUE(Waveform(0, 1000) && Spikes({100, 127'900}));
  ReadUpTo(127'999);
  EXPECT_THAT(spikes_, ElementsAre(100, 127'900));
  // What was on its way when the new run began.
  ASSERT_TRUE(Spikes({127'950}) && Waveform(0, 3) && Spikes({20, 200}));
  ReadUntil([&] { return restarts_ == 1 && newest_ >= 383; });
  EXPECT_THAT(spikes_, ElementsAre(20, 200));
  ASSERT_EQ(faults_.size(), 1);
  EXPECT_EQ(faults_[0].kind, RigFault::Kind::kJump);
  EXPECT_THAT(faults_[0].message, HasSubstr("new run"));
  EXPECT_EQ(last_.complete_before, 256);
}

TEST_F(IntanRecorderTest, AJumpAheadIsAFaultOfTheMissingSamples) {
  Begin();
  ASSERT_TRUE(Waveform(0, 1) && Waveform(1280, 1));
  ReadUpTo(1280 + 127);
  ASSERT_EQ(faults_.size(), 1);
  EXPECT_EQ(faults_[0].kind, RigFault::Kind::kJump);
  EXPECT_EQ(faults_[0].first_sample, 128);
  EXPECT_EQ(faults_[0].last_sample, 1279);
  EXPECT_EQ(restarts_, 0);
}

TEST_F(IntanRecorderTest, ADroppedSpikeConnectionIsMadeAgainAndTheGapIsAFault) {
  Begin();
  ASSERT_TRUE(Waveform(0, 2) && Spikes({50}));
  ReadUpTo(255);
  program_->Drop(IntanOutput::kSpikes);
  EXPECT_FALSE(Spikes({300}));  // lost, as in RHX
  ASSERT_TRUE(Waveform(256, 2));
  ReadUntil([&] { return program_->connected(IntanOutput::kSpikes) && !faults_.empty(); });
  ASSERT_TRUE(Waveform(512, 4) && Spikes({1000}));
  ReadUpTo(1023);
  ReadUntil([&] { return spikes_.size() == 2; });
  EXPECT_THAT(spikes_, ElementsAre(50, 1000));
  ASSERT_EQ(faults_.size(), 1);
  EXPECT_EQ(faults_[0].kind, RigFault::Kind::kDropped);
  EXPECT_EQ(faults_[0].first_sample, 128);
  EXPECT_GE(faults_[0].last_sample, 511);
  EXPECT_EQ(last_.complete_before, 1000);
  EXPECT_EQ(last_.trouble, "");
}

TEST_F(IntanRecorderTest, ADroppedWaveformConnectionIsMadeAgainAndTheGapIsAFault) {
  Begin();
  ASSERT_TRUE(Waveform(0, 2));
  ReadUpTo(255);
  program_->Drop(IntanOutput::kWaveform);
  ReadUntil([&] { return program_->connected(IntanOutput::kWaveform); });
  ASSERT_TRUE(Spikes({300}) && Waveform(1280, 2, 1));
  ReadUpTo(1280 + 255);
  EXPECT_THAT(spikes_, ElementsAre(300));
  EXPECT_THAT(edges_, IsEmpty());  // it came up in the gap: nobody knows when
  ASSERT_EQ(faults_.size(), 1);
  EXPECT_EQ(faults_[0].kind, RigFault::Kind::kDropped);
  EXPECT_EQ(faults_[0].first_sample, 255);
  EXPECT_EQ(faults_[0].last_sample, 1280);
}

TEST_F(IntanRecorderTest, ARhxThatForgotItsSettingsIsSetUpAgain) {
  Begin();
  ASSERT_TRUE(Waveform(0, 1));
  ReadUpTo(127);
  program_->WithSettings(
      [](IntanSettings& settings) { settings.Handle("execute clearalldataoutputs"); });
  program_->DropCommand();
  program_->Drop(IntanOutput::kSpikes);
  program_->Drop(IntanOutput::kWaveform);
  ReadUntil([&] {
    return program_->connected(IntanOutput::kSpikes) && program_->connected(IntanOutput::kWaveform);
  });
  program_->WithSettings([](IntanSettings& settings) {
    EXPECT_TRUE(settings.digital_enabled() && settings.spikes_enabled("A-001"));
  });
}

TEST_F(IntanRecorderTest, WithoutTheCommandConnectionDataGoOn) {
  Begin();
  program_->DropCommand();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(Waveform(i * 128, 1) && Spikes({static_cast<uint32_t>(i * 128 + 7)}));
  }
  ReadUpTo(5 * 128 - 1);
  EXPECT_THAT(spikes_, ElementsAre(7, 135, 263, 391, 519));
  EXPECT_THAT(faults_, IsEmpty());
  // It is made again when it is needed.
  program_->WithSettings([](IntanSettings& settings) { settings.SetRunMode("Stop"); });
  ReadUntil([&] { return last_.trouble == "RHX is stopped: press Run"; });
}

TEST_F(IntanRecorderTest, ARhxThatHasGoneIsTroubleThatSaysWhatToClick) {
  Begin();
  program_->Stop();
  ReadUntil([&] { return last_.trouble.find("click Connect") != std::string::npos; });
}

TEST_F(IntanRecorderTest, GarbageOnTheSpikeStreamIsAFaultAndReadingGoesOn) {
  Begin();
  ASSERT_TRUE(Waveform(0, 2) && Spikes({50}));
  ReadUpTo(255);
  ASSERT_TRUE(program_->Send(IntanOutput::kSpikes, "this is no spike") && Spikes({300}) &&
              Waveform(256, 2));
  ReadUpTo(511);
  ReadUntil([&] { return spikes_.size() == 2; });
  ASSERT_EQ(faults_.size(), 1);
  EXPECT_EQ(faults_[0].kind, RigFault::Kind::kGarbage);
  EXPECT_LE(faults_[0].first_sample, 256);
  EXPECT_GE(faults_[0].last_sample, 299);
}

TEST_F(IntanRecorderTest, GarbageOnTheWaveformStreamIsAFaultAndReadingGoesOn) {
  Begin();
  ASSERT_TRUE(Waveform(0, 2) && program_->Send(IntanOutput::kWaveform, std::string(1000, 'x')) &&
              Waveform(512, 1));
  ReadUpTo(639);
  ASSERT_EQ(faults_.size(), 1);
  EXPECT_EQ(faults_[0].kind, RigFault::Kind::kGarbage);
  EXPECT_EQ(faults_[0].first_sample, 256);
  EXPECT_EQ(faults_[0].last_sample, 511);
}

TEST_F(IntanRecorderTest, AWaveformOfOtherChannelsIsTroubleThatSaysSo) {
  Begin();
  ASSERT_TRUE(Waveform(0, 1) && program_->Send(IntanOutput::kWaveform, std::string(5000, '\x33')));
  ReadUntil([&] { return last_.trouble.find("all other channels") != std::string::npos; });
}

TEST_F(IntanRecorderTest, WakeEndsAWaitingRead) {
  Begin();
  std::thread waker([&] { recorder_->Wake(); });
  const absl::Time start = absl::Now();
  ReadOnce(absl::Minutes(10));
  EXPECT_LT(absl::Now() - start, absl::Minutes(5));
  waker.join();
}

TEST_F(IntanRecorderTest, AChannelThatRhxDoesNotHaveIsNamed) {
  IntanProgram program(ProgramOptions(false));
  ASSERT_TRUE(program.Start().ok());
  IntanRecorderOptions options;
  options.command_port = program.command_port();
  options.channels = {"A-000", "C-017"};
  const absl::Status status = IntanRecorder(options).Start().status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("no amplifier channel C-017"));
}

TEST_F(IntanRecorderTest, OptionsThatMakeNoSenseAreRefusedBeforeConnecting) {
  for (const IntanRecorderOptions& wrong :
       {IntanRecorderOptions{.stimulus_line = 0}, IntanRecorderOptions{.stimulus_line = 17},
        IntanRecorderOptions{.sync_code_shift = 9}, IntanRecorderOptions{.blocks_per_write = 0}}) {
    EXPECT_TRUE(absl::IsInvalidArgument(IntanRecorder(wrong).Start().status()));
  }
}

TEST_F(IntanRecorderTest, TakesTheOutputsOverFromAClientThatRhxTakesForConnected) {
  program_ = std::make_unique<IntanProgram>(ProgramOptions(true));
  ASSERT_TRUE(program_->Start().ok());
  absl::StatusOr<TcpSocket> left;
  {
    IntanCommandClient command("127.0.0.1", program_->command_port());
    left = ConnectOutput(command, "127.0.0.1", IntanOutput::kSpikes, absl::Seconds(5));
    ASSERT_TRUE(left.ok());
  }
  IntanRecorderOptions options;
  options.command_port = program_->command_port();
  recorder_ = std::make_unique<IntanRecorder>(options);
  const auto info = recorder_->Start();
  ASSERT_TRUE(info.ok()) << info.status();
  ASSERT_TRUE(Waveform(0, 1) && Spikes({5}));
  ReadUpTo(127);
  ReadUntil([&] { return spikes_.size() == 1; });
}

TEST(IntanProgramTest, AClientThatStopsReadingIsDisconnectedAndHoldsNobodyUp) {
  IntanProgramOptions options = ProgramOptions(true);
  options.send_timeout = absl::Milliseconds(50);
  IntanProgram program(options);
  ASSERT_TRUE(program.Start().ok());
  IntanCommandClient command("127.0.0.1", program.command_port());
  auto socket = ConnectOutput(command, "127.0.0.1", IntanOutput::kWaveform, absl::Seconds(5));
  ASSERT_TRUE(socket.ok()) << socket.status();
  const std::string bytes(1 << 20, 'x');
  int sent = 0;
  while (program.Send(IntanOutput::kWaveform, bytes)) ASSERT_LT(++sent, 1000);
  EXPECT_FALSE(program.connected(IntanOutput::kWaveform));
  EXPECT_EQ(*command.Get("tcpwaveformdataoutputconnectionstatus"), "Disconnected");
}

TEST(IntanProgramTest, StopEndsASendToAClientThatDoesNotRead) {
  IntanProgramOptions options = ProgramOptions(true);
  options.send_timeout = absl::Hours(1);
  IntanProgram program(options);
  ASSERT_TRUE(program.Start().ok());
  IntanCommandClient command("127.0.0.1", program.command_port());
  auto socket = ConnectOutput(command, "127.0.0.1", IntanOutput::kSpikes, absl::Seconds(5));
  ASSERT_TRUE(socket.ok()) << socket.status();
  std::atomic<int> sent = 0;
  std::thread sender([&] {
    const std::string bytes(100'000, 'x');
    while (program.Send(IntanOutput::kSpikes, bytes) && program.Flush(IntanOutput::kSpikes)) ++sent;
  });
  while (sent == 0) std::this_thread::yield();
  program.Stop();
  sender.join();
}

TEST(IntanProgramTest, DataPortsListenOnlyWhenAskedTo) {
  IntanProgram program(ProgramOptions(true));
  ASSERT_TRUE(program.Start().ok());
  IntanCommandClient command("127.0.0.1", program.command_port());
  auto first = ConnectOutput(command, "127.0.0.1", IntanOutput::kSpikes, absl::Seconds(5));
  ASSERT_TRUE(first.ok());
  const int port = *command.GetNumber("tcpspikedataoutputport");
  EXPECT_FALSE(ConnectTcp("127.0.0.1", port, absl::Seconds(5)).ok());  // one client
  first->Close();
  const absl::Time deadline = absl::Now() + absl::Seconds(20);
  while (program.connected(IntanOutput::kSpikes)) ASSERT_LT(absl::Now(), deadline);
  EXPECT_FALSE(ConnectTcp("127.0.0.1", port, absl::Seconds(5)).ok());
  EXPECT_TRUE(ConnectOutput(command, "127.0.0.1", IntanOutput::kSpikes, absl::Seconds(5)).ok());
}

}  // namespace
}  // namespace evoke
