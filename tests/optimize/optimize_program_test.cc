// The program, driven by the example in Python, as a person would.
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/process.h"

namespace evoke {
namespace {

TEST(OptimizeProgramTest, TheExampleFindsTheMaximumOfItsFunction) {
  const std::string log = absl::StrCat(testing::TempDir(), "/optimize_example_", getpid(), ".log");
  Process process(
      {"/usr/bin/env", "python3", "clients/optimize/example.py", EVOKE_BIN_DIR "/evoke-optimize"},
      log);
  const int code = process.Wait();
  const std::string said = process.Log();
  std::filesystem::remove(log);
  ASSERT_EQ(code, 0) << said;
  double score = -1000;
  ASSERT_EQ(sscanf(said.c_str() + said.rfind("best: "), "best: %lf", &score), 1) << said;
  EXPECT_GT(score, -1) << said;  // 0 is the maximum; random points have -40
}

TEST(OptimizeProgramTest, HelpShowsTheMessages) {
  const std::string log = absl::StrCat(testing::TempDir(), "/optimize_help_", getpid(), ".log");
  Process process({EVOKE_BIN_DIR "/evoke-optimize", "--help"}, log);
  EXPECT_EQ(process.Wait(), 0);
  EXPECT_THAT(process.Log(), testing::HasSubstr("\"command\": \"tell\""));
  std::filesystem::remove(log);
}

}  // namespace
}  // namespace evoke
