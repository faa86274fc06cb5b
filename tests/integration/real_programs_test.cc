// The real programs, killed at the worst moments: whatever dies, the experiment ends with the same
// trials and the same recommendation.
#include "tests/integration/real_programs.h"

#include "gmock/gmock.h"

namespace evoke {
namespace {

using testing::HasSubstr;

TEST_F(RealProgramsTest, KillingServerDisplayOrBackendChangesNothing) {
  Outcome whole, killed;
  Run(
      RealSpec(), "whole.db", [this] { StartSim(); }, [](int) {}, &whole);
  ASSERT_FALSE(HasFailure());
  EXPECT_GT(whole.trials.size(), 60);
  EXPECT_FALSE(whole.recommendation.empty());

  Run(
      RealSpec(), "killed.db", [this] { StartSim(); },
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
        BadStart{"RhxHasNoLineZero",
                 {"evoke-rig", "check", "intan-rhx", "--stimulus-line", "0"},
                 "from 1"},
        BadStart{"NameIsNotAnId", {"evoke-display", "--name", "Display One"}, "--name"}),
    [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace evoke
