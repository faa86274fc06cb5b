// An offline run against the real programs over the network: the same seed has to give the same
// experiment, and the same files.
#include <fstream>
#include <iterator>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "tests/integration/real_programs.h"

namespace evoke {
namespace {

using testing::HasSubstr;

v1::Experiment Spec(int candidates) {
  v1::Experiment spec = RealSpec();
  spec.mutable_presentation()->set_reference_set("cifar10");
  spec.mutable_presentation()->set_references_per_block(1);
  spec.mutable_optimizer()->set_max_candidate_trials(candidates);
  return spec;
}

class OfflineProgramTest : public RealProgramsTest {
 protected:
  std::string Write(const v1::Experiment& spec) {
    std::string text;
    EXPECT_TRUE(google::protobuf::TextFormat::PrintToString(spec, &text));
    const std::string path = folder_ + "/same-name.textproto";
    std::ofstream(path) << text;
    return path;
  }
  static std::string Content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    EXPECT_TRUE(file.is_open()) << path;
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void StopServer() {
    server_->Signal(SIGTERM);
    EXPECT_EQ(server_->Wait(), 0) << server_->Log();
  }
};

TEST_F(OfflineProgramTest, TheSameSeedGivesTheSameExperimentAndTheSameFiles) {
  Outcome network, offline;
  Run(
      Spec(60), "network.db", [this] { StartSim(); }, [](int) {}, &network);
  ASSERT_FALSE(HasFailure());

  std::string log;
  ASSERT_EQ(RunProgram({"evoke-sim", "offline", Write(Spec(60)), "--ledger",
                        folder_ + "/offline.db", "--out", folder_ + "/offline"},
                       &log),
            0)
      << log;
  EXPECT_THAT(log, HasSubstr("trials/s"));

  // Its ledger is one that a server reads, and evokectl makes the same files of it.
  port_ = "0";
  StartServer("offline.db");
  ASSERT_FALSE(HasFatalFailure());
  Read("experiments/same-name", &offline);
  EXPECT_EQ(offline.trials, network.trials);
  EXPECT_EQ(offline.recommendation, network.recommendation);
  EXPECT_EQ(offline.score, network.score);
  ASSERT_EQ(RunProgram({"evokectl", "report", "same-name", "--out", folder_ + "/served"}, &log), 0)
      << log;
  for (const char* file :
       {"best.png", "generations.png", "convergence.png", "confirmation.png", "trials.csv",
        "trials.log.csv", "trials.spec.textproto", "summary.txt"}) {
    EXPECT_EQ(Content(folder_ + "/offline/" + file), Content(folder_ + "/served/" + file)) << file;
  }
  ASSERT_EQ(RunProgram({"evokectl", "export", "same-name", "-o", folder_ + "/export.csv"}, &log), 0)
      << log;
  EXPECT_EQ(Content(folder_ + "/export.csv"), Content(folder_ + "/offline/trials.csv"));
  StopServer();
}

TEST_F(OfflineProgramTest, CtrlCPausesAndTheSameCommandGoesOnToTheSameEnd) {
  const std::string spec = Write(Spec(600));
  const auto command = [&](const std::string& ledger) {
    return std::vector<std::string>{
        "evoke-sim", "offline", spec, "--ledger", folder_ + "/" + ledger, "--batch", "8"};
  };
  std::string log;
  ASSERT_EQ(RunProgram(command("whole.db"), &log), 0) << log;
  {
    std::vector<std::string> arguments = command("part.db");
    arguments[0] = EVOKE_BIN_DIR "/evoke-sim";
    Process process(arguments, LogPath());
    ASSERT_FALSE(process.WaitForLog("gen ").empty()) << process.Log();
    process.Signal(SIGINT);
    EXPECT_EQ(process.Wait(), 1) << process.Log();
    EXPECT_THAT(process.Log(), HasSubstr("the same command goes on"));
  }
  ASSERT_EQ(RunProgram(command("part.db"), &log), 0) << log;
  Outcome whole, part;
  for (const auto& [ledger, outcome] :
       {std::pair{"whole.db", &whole}, std::pair{"part.db", &part}}) {
    port_ = "0";
    StartServer(ledger);
    ASSERT_FALSE(HasFatalFailure());
    Read("experiments/same-name", outcome);
    StopServer();
  }
  EXPECT_GT(whole.trials.size(), 600);
  EXPECT_TRUE(part == whole);
}

TEST_F(OfflineProgramTest, UnitsRunAsExperimentsOfOneLedger) {
  std::string log;
  ASSERT_EQ(RunProgram({"evoke-sim", "offline", Write(Spec(20)), "--units", "class/2-3,conv1/5@4,4",
                        "--ledger", folder_ + "/units.db", "--out", folder_ + "/units"},
                       &log),
            0)
      << log;
  EXPECT_THAT(log, testing::ContainsRegex("same-name-class-3 +class/3 .*succeeded"));
  EXPECT_THAT(Content(folder_ + "/units/units.csv"),
              HasSubstr("same-name-conv1-5-4-4,\"conv1/5@4,4\""));
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/units/same-name-class-2/best.png"));
  ASSERT_EQ(RunProgram({"evoke-sim", "offline", Write(Spec(20)), "--name", "same-name-class-2",
                        "--ledger", folder_ + "/alone.db"},
                       &log),
            0)
      << log;
  Outcome together, alone;
  for (const auto& [ledger, outcome] :
       {std::pair{"units.db", &together}, std::pair{"alone.db", &alone}}) {
    port_ = "0";
    StartServer(ledger);
    ASSERT_FALSE(HasFatalFailure());
    Read("experiments/same-name-class-2", outcome);
    StopServer();
  }
  EXPECT_TRUE(together == alone);
}

}  // namespace
}  // namespace evoke
