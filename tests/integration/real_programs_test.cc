// The real programs with the shipped models, killed at the worst moments: whatever dies, the
// experiment ends with the same trials and the same recommendation.
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clients/api/channel.h"
#include "evoke/v1/experiment_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "grpcpp/client_context.h"
#include "gtest/gtest.h"
#include "tests/support/process.h"
#include "tests/support/specs.h"
#include "tests/support/xvfb.h"

namespace evoke {
namespace {

using testing::HasSubstr;

v1::Experiment RealSpec() {
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
    sim_.reset();
    display_.reset();
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::string LogPath() { return absl::StrCat(folder_, "/", ++logs_, ".log"); }
  std::string Address() const { return "127.0.0.1:" + port_; }

  void StartServer(const std::string& ledger) {
    server_ = std::make_unique<Process>(
        std::vector<std::string>{EVOKE_BIN_DIR "/evoke-server", "--listen", Address(), "--ledger",
                                 absl::StrCat(folder_, "/", ledger), "--lease-seconds", "2",
                                 "--response-seconds", "2", "--client-seconds", "1.5"},
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

  // Runs the experiment to its end; `at` is called after each scored trial with their number.
  void Run(const std::string& ledger, const std::function<void(int)>& at, Outcome* outcome) {
    port_ = "0";
    StartServer(ledger);
    ASSERT_FALSE(HasFatalFailure());
    StartDisplay();
    StartSim();
    {
      auto stub = v1::ExperimentService::NewStub(OpenChannel(Address()));
      grpc::ClientContext context;
      v1::CreateExperimentRequest request;
      request.set_experiment_id("same-name");
      *request.mutable_experiment() = RealSpec();
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
        trials[std::stoll(event.trial().name().substr(event.trial().name().rfind('/') + 1))] =
            event.trial();
        if (event.trial().state() == v1::Trial::STATE_SUCCEEDED) at(++scored);
      }
      const grpc::Status status = stream->Finish();
      ASSERT_TRUE(status.ok() || IsTransient(FromGrpc(status))) << status.error_message();
      ASSERT_NE(last.state(), v1::Experiment::STATE_FAILED) << last.state_reason();
    }
    for (const auto& [number, trial] : trials) {
      EXPECT_EQ(trial.state(), v1::Trial::STATE_SUCCEEDED) << trial.name();
      outcome->trials.emplace_back(trial.stimulus(), trial.repeat(),
                                   trial.response().spike_counts(0));
      outcome->attempts += trial.attempt();
    }
    outcome->recommendation = last.progress().best().stimulus();
    outcome->score = last.progress().best().score();
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
  std::unique_ptr<Xvfb> xvfb_;
  std::unique_ptr<Process> server_, display_, sim_;
};

TEST_F(RealProgramsTest, KillingServerDisplayOrBackendChangesNothing) {
  Outcome whole, killed;
  Run(
      "whole.db", [](int) {}, &whole);
  ASSERT_FALSE(HasFailure());
  EXPECT_GT(whole.trials.size(), 60);
  EXPECT_FALSE(whole.recommendation.empty());

  Run(
      "killed.db",
      [this](int scored) {
        if (scored == 11 || scored == 37) {
          server_->Signal(SIGKILL);
          EXPECT_EQ(server_->Wait(), -SIGKILL);
          StartServer("killed.db");
        } else if (scored == 23) {
          display_->Signal(SIGKILL);
          display_->Wait();
          StartDisplay();
        } else if (scored == 49) {
          sim_->Signal(SIGKILL);
          sim_->Wait();
          StartSim();
        }
      },
      &killed);
  EXPECT_EQ(killed.recommendation, whole.recommendation);
  EXPECT_EQ(killed.score, whole.score);
  EXPECT_TRUE(killed == whole);
}

// A program that can't start says why, in one line, and ends with 1.
struct BadStart {
  const char* name;
  std::vector<std::string> arguments;  // FOLDER stands for the test's folder
  std::string complaint;
};
void PrintTo(const BadStart& bad, std::ostream* out) { *out << bad.name; }

class BadStartTest : public RealProgramsTest, public testing::WithParamInterface<BadStart> {};

TEST_P(BadStartTest, SaysWhatToDoAndEndsWithOne) {
  std::filesystem::create_directories(folder_ + "/models");
  {
    std::FILE* f = std::fopen((folder_ + "/garbage.db").c_str(), "w");
    std::fputs("not a ledger at all", f);
    std::fclose(f);
  }
  std::filesystem::copy("deploy/models/snn-cifar10.safetensors",
                        folder_ + "/models/torn.safetensors");
  std::filesystem::resize_file(folder_ + "/models/torn.safetensors", 100000);
  std::vector<std::string> arguments;
  for (std::string argument : GetParam().arguments) {
    if (const size_t at = argument.find("FOLDER"); at != std::string::npos) {
      argument.replace(at, 6, folder_);
    }
    arguments.push_back(argument);
  }
  arguments[0] = EVOKE_BIN_DIR "/" + arguments[0];
  Process process(arguments, LogPath(), {{"DISPLAY", xvfb_->display()}});
  EXPECT_EQ(process.Wait(), 1);
  EXPECT_THAT(process.Log(), HasSubstr(GetParam().complaint));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadStartTest,
    testing::Values(
        BadStart{"LedgerIsNoLedger",
                 {"evoke-server", "--listen", "127.0.0.1:0", "--ledger", "FOLDER/garbage.db"},
                 "garbage.db"},
        BadStart{"LedgerFolderIsMissing",
                 {"evoke-server", "--listen", "127.0.0.1:0", "--ledger", "FOLDER/no/where.db"},
                 "where.db"},
        BadStart{"NetworkIsMissing",
                 {"evoke-sim", "--models", "FOLDER/models", "--model", "nobody"},
                 "torn"},  // names what there is
        BadStart{"NetworkIsDamaged",
                 {"evoke-sim", "--models", "FOLDER/models", "--model", "torn"},
                 "torn.safetensors"},
        BadStart{"NetworkIsAGenerator", {"evoke-sim", "--model", "vqvae-cifar10"}, "vqvae-cifar10"},
        BadStart{"ScreenIsNotThere", {"evoke-display", "--screen", "7"}, "screen"},
        BadStart{"NameIsNotAnId", {"evoke-display", "--name", "Display One"}, "--name"}),
    [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace evoke
