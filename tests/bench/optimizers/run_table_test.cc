#include "tests/bench/optimizers/run_table.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

BenchmarkRun SomeRun(int seed, double recommended) {
  return {.key = {"family", "method", "conv3/8@7,0", Noise::kPoisson, seed},
          .report = true,
          .points = {{100, 96, recommended, 4.5, 0.125}, {300, 288, recommended + 1, 5, 0.5}}};
}

class RunTableTest : public testing::Test {
 protected:
  RunTableTest()
      : path_(absl::StrCat(testing::TempDir(), "/run_table_", getpid(), "_",
                           testing::UnitTest::GetInstance()->current_test_info()->name(), ".csv")) {
  }
  ~RunTableTest() override { std::filesystem::remove(path_); }

  void Append(const BenchmarkRun& run) {
    auto table = RunTable::Open(path_);
    ASSERT_TRUE(table.ok()) << table.status();
    ASSERT_TRUE(table->Append(run).ok());
  }
  void AddText(const std::string& text) { std::ofstream(path_, std::ios::app) << text; }

  const std::string path_;
};

TEST_F(RunTableTest, RunsComeBackAsTheyWereWritten) {
  Append(SomeRun(1, 2.25));
  Append(SomeRun(2, 3));
  const auto table = RunTable::Open(path_);
  ASSERT_TRUE(table.ok()) << table.status();
  ASSERT_EQ(table->runs().size(), 2);
  const BenchmarkRun& run = table->runs().at(SomeRun(1, 0).key);
  EXPECT_EQ(run.key, SomeRun(1, 0).key);
  EXPECT_TRUE(run.report);
  ASSERT_EQ(run.points.size(), 2);
  EXPECT_EQ(run.At(300)->presentations, 288);
  EXPECT_DOUBLE_EQ(run.At(100)->recommended, 2.25);
  EXPECT_DOUBLE_EQ(run.At(100)->best_shown, 4.5);
  EXPECT_DOUBLE_EQ(run.At(100)->seconds, 0.125);
}

TEST_F(RunTableTest, HoldsARunOnlyWithAllItsBudgets) {
  Append(SomeRun(1, 2));
  const auto table = RunTable::Open(path_);
  ASSERT_TRUE(table.ok());
  EXPECT_TRUE(table->Holds(SomeRun(1, 0).key, {100, 300}));
  EXPECT_FALSE(table->Holds(SomeRun(1, 0).key, {100, 1000}));
  EXPECT_FALSE(table->Holds(SomeRun(2, 0).key, {100}));
}

TEST_F(RunTableTest, OfARepeatedRunTheLastCounts) {
  Append(SomeRun(1, 2));
  Append(SomeRun(1, 7));
  const auto table = RunTable::Open(path_);
  ASSERT_TRUE(table.ok());
  const BenchmarkRun& run = table->runs().at(SomeRun(1, 0).key);
  ASSERT_EQ(run.points.size(), 2);
  EXPECT_DOUBLE_EQ(run.At(100)->recommended, 7);
}

TEST_F(RunTableTest, ALineThatWasCutOffIsForgottenAndTheFileGoesOn) {
  Append(SomeRun(1, 2));
  AddText("family,method,conv3/1,rep");
  Append(SomeRun(2, 3));
  const auto table = RunTable::Open(path_);
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->runs().size(), 2);
}

TEST_F(RunTableTest, ADamagedLineIsNamed) {
  Append(SomeRun(1, 2));
  AddText("family,method\n");
  const absl::Status status = RunTable::Open(path_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr(":4: "));
}

TEST_F(RunTableTest, AnotherFileIsRefusedAndKept) {
  AddText("name,value\na,1\n");
  EXPECT_EQ(RunTable::Open(path_).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(std::filesystem::file_size(path_), 15);
}

}  // namespace
}  // namespace evoke
