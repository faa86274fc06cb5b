// The real programs with the shipped models, as a person would start them.
#ifndef EVOKE_TESTS_INTEGRATION_REAL_PROGRAMS_H_
#define EVOKE_TESTS_INTEGRATION_REAL_PROGRAMS_H_

#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "clients/api/channel.h"
#include "evoke/v1/experiment_service.grpc.pb.h"
#include "grpcpp/client_context.h"
#include "gtest/gtest.h"
#include "tests/support/process.h"
#include "tests/support/specs.h"
#include "tests/support/xvfb.h"

namespace evoke {

// What two runs have to agree in: leaves out stamps, attempts and clients.
struct Outcome {
  std::vector<std::tuple<std::string, int, uint32_t>> trials;  // stimulus, repeat, count
  std::string recommendation;
  double score = 0;
  int attempts = 0;  // of all trials
  friend bool operator==(const Outcome& a, const Outcome& b) {
    return a.trials == b.trials && a.recommendation == b.recommendation && a.score == b.score;
  }
};

// A small experiment of theirs.
inline v1::Experiment RealSpec() {
  return ParseText<v1::Experiment>(R"pb(
    optimizer {
      seed: 3
      max_candidate_trials: 60
      tt_cross {}
    }
    generator { model: "vqvae-cifar10" }
    presentation {
      on_duration { nanos: 5000000 }
      max_attempts: 1000
      max_dropped_frames: 1000
      repeats: 2
      blanks_per_block: 1
      confirmation_repeats: 4
    }
    objective {
      units { unit: "class/2" }
      latency_window {
        start { nanos: 50000000 }
        end { nanos: 150000000 }
      }
    }
  )pb");
}

// The programs, each a process of its own, and one run of an experiment with them.
class RealProgramsTest : public testing::Test {
 protected:
  RealProgramsTest() {
    folder_ = absl::StrCat(testing::TempDir(), "/evoke_programs_", getpid(), "_",
                           testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    auto xvfb = Xvfb::Start(640, 480);
    if (!xvfb.ok()) ADD_FAILURE() << xvfb.status();
    if (xvfb.ok()) xvfb_ = *std::move(xvfb);
  }
  ~RealProgramsTest() override {
    rig_.reset();
    sim_.reset();
    display_.reset();
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  static int64_t NumberOf(const v1::Trial& trial) {
    return std::stoll(trial.name().substr(trial.name().rfind('/') + 1));
  }
  static void Summarize(const std::map<int64_t, v1::Trial>& trials, const v1::Experiment& last,
                        Outcome* outcome) {
    for (const auto& [number, trial] : trials) {
      EXPECT_EQ(trial.state(), v1::Trial::STATE_SUCCEEDED) << trial.name();
      outcome->trials.emplace_back(trial.stimulus(), trial.repeat(),
                                   trial.response().spike_counts(0));
      outcome->attempts += trial.attempt();
    }
    outcome->recommendation = last.progress().best().stimulus();
    outcome->score = last.progress().best().score();
  }

  std::string LogPath() { return absl::StrCat(folder_, "/", ++logs_, ".log"); }
  std::string Address() const { return "127.0.0.1:" + port_; }

  void StartServer(const std::string& ledger) {
    server_ = std::make_unique<Process>(
        std::vector<std::string>{EVOKE_BIN_DIR "/evoke-server", "--listen", Address(), "--ledger",
                                 absl::StrCat(folder_, "/", ledger), "--lease-seconds", "2",
                                 "--response-seconds", response_seconds_, "--client-seconds",
                                 "1.5"},
        LogPath());
    const std::string rest = server_->WaitForLog("listening on port ");
    ASSERT_FALSE(rest.empty()) << server_->Log();
    port_ = rest.substr(0, rest.find(','));
  }
  void StartDisplay() {
    display_ = std::make_unique<Process>(
        std::vector<std::string>{EVOKE_BIN_DIR "/evoke-display", "--server", Address(),
                                 "--timer-hz", "200", "--width", "320", "--height", "240"},
        LogPath(), std::vector<std::pair<std::string, std::string>>{{"DISPLAY", xvfb_->display()}});
  }
  void StartSim() {
    sim_ = std::make_unique<Process>(
        std::vector<std::string>{EVOKE_BIN_DIR "/evoke-sim", "--server", Address()}, LogPath());
  }
  // The simulated neurons behind an emulated rig, and the adapter that listens to it.
  void StartRig(const std::vector<std::string>& emulator, const std::vector<std::string>& adapter) {
    std::vector<std::string> arguments = {EVOKE_BIN_DIR "/evoke-sim",
                                          "--server",
                                          Address(),
                                          "--name",
                                          "emulated-rig",
                                          "--port",
                                          "0",
                                          "--http-port",
                                          "0"};
    arguments.insert(arguments.end(), emulator.begin(), emulator.end());
    sim_ = std::make_unique<Process>(arguments, LogPath());
    // The emulator says how it is listened to.
    const std::string command = sim_->WaitForLog("evoke-rig run ");
    ASSERT_FALSE(command.empty()) << sim_->Log();
    arguments = {EVOKE_BIN_DIR "/evoke-rig", "run"};
    for (const auto& word : absl::StrSplit(command, ' ')) arguments.emplace_back(word);
    arguments.insert(arguments.end(), {"--server", Address()});
    arguments.insert(arguments.end(), adapter.begin(), adapter.end());
    rig_ = std::make_unique<Process>(arguments, LogPath());
    ASSERT_NE(rig_->WaitForLog("samples/s"), "no line") << rig_->Log();
  }

  // A program that ends by itself: its exit code, and what it said.
  int RunProgram(std::vector<std::string> arguments, std::string* log) {
    arguments[0] = EVOKE_BIN_DIR "/" + arguments[0];
    Process process(arguments, LogPath(), {{"EVOKE_SERVER", Address()}});
    const int code = process.Wait();
    *log = process.Log();
    return code;
  }
  // What the server at hand has of a finished experiment.
  void Read(const std::string& name, Outcome* outcome) {
    auto stub = v1::ExperimentService::NewStub(OpenChannel(Address()));
    grpc::ClientContext context;
    v1::WatchExperimentRequest request;
    request.set_name(name);
    auto stream = stub->WatchExperiment(&context, request);
    std::map<int64_t, v1::Trial> trials;
    v1::Experiment last;
    v1::ExperimentEvent event;
    while (stream->Read(&event)) {
      if (event.has_experiment()) last = event.experiment();
      if (event.has_trial()) trials[NumberOf(event.trial())] = event.trial();
    }
    const grpc::Status status = stream->Finish();
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(last.state(), v1::Experiment::STATE_SUCCEEDED) << last.state_reason();
    Summarize(trials, last, outcome);
  }

  // Runs the experiment to its end; `at` is called after each scored trial with their number.
  void Run(const v1::Experiment& spec, const std::string& ledger,
           const std::function<void()>& start_backend, const std::function<void(int)>& at,
           Outcome* outcome) {
    port_ = "0";
    StartServer(ledger);
    ASSERT_FALSE(HasFatalFailure());
    StartDisplay();
    start_backend();
    ASSERT_FALSE(HasFatalFailure());
    {
      auto stub = v1::ExperimentService::NewStub(OpenChannel(Address()));
      grpc::ClientContext context;
      v1::CreateExperimentRequest request;
      request.set_experiment_id("same-name");
      *request.mutable_experiment() = spec;
      v1::Experiment response;
      const grpc::Status status = stub->CreateExperiment(&context, request, &response);
      ASSERT_TRUE(status.ok()) << status.error_message();
    }
    std::map<int64_t, v1::Trial> trials;
    v1::Experiment last;
    int64_t sequence = 0;
    int scored = 0;
    while (last.state() != v1::Experiment::STATE_SUCCEEDED) {
      auto stub = v1::ExperimentService::NewStub(OpenChannel(Address()));
      grpc::ClientContext context;
      context.set_wait_for_ready(true);
      v1::WatchExperimentRequest request;
      request.set_name("experiments/same-name");
      request.set_follow(true);
      request.set_after_sequence(sequence);
      auto stream = stub->WatchExperiment(&context, request);
      v1::ExperimentEvent event;
      while (stream->Read(&event)) {
        EXPECT_EQ(event.sequence(), sequence + 1) << "an acknowledged event was lost";
        sequence = event.sequence();
        if (event.has_experiment()) last = event.experiment();
        if (!event.has_trial()) continue;
        trials[NumberOf(event.trial())] = event.trial();
        if (event.trial().state() == v1::Trial::STATE_SUCCEEDED) at(++scored);
      }
      const grpc::Status status = stream->Finish();
      ASSERT_TRUE(status.ok() || IsTransient(FromGrpc(status))) << status.error_message();
      ASSERT_NE(last.state(), v1::Experiment::STATE_FAILED) << last.state_reason();
    }
    Summarize(trials, last, outcome);
    // The adapter stops the acquisition of the rig that it started: it ends first.
    if (rig_ != nullptr) {
      rig_->Signal(SIGTERM);
      EXPECT_EQ(rig_->Wait(), 0) << rig_->Log();
      rig_.reset();
    }
    display_->Signal(SIGTERM);
    sim_->Signal(SIGTERM);
    EXPECT_EQ(display_->Wait(), 0) << display_->Log();
    EXPECT_EQ(sim_->Wait(), 0) << sim_->Log();
    server_->Signal(SIGTERM);
    EXPECT_EQ(server_->Wait(), 0) << server_->Log();
  }

  std::string folder_;
  int logs_ = 0;
  std::string port_ = "0";
  std::string response_seconds_ = "2";
  std::unique_ptr<Xvfb> xvfb_;
  std::unique_ptr<Process> server_, display_, sim_, rig_;
};

}  // namespace evoke

#endif  // EVOKE_TESTS_INTEGRATION_REAL_PROGRAMS_H_
