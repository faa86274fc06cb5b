#include "tests/bench/display/state_file.h"

#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

using ::testing::Optional;

class StateFileTest : public ::testing::Test {
 protected:
  const std::string path_ = testing::TempDir() + "/" +
                            testing::UnitTest::GetInstance()->current_test_info()->name() +
                            ".state";
  void TearDown() override { std::remove(path_.c_str()); }
};

const PartValues kValues = {{"missed", 0}, {"sd_us", 12.25}};

TEST_F(StateFileTest, AFinishedPartIsFoundAgain) {
  auto state = StateFile::Open(path_);
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_EQ(state->Find("jitter@100"), std::nullopt);
  ASSERT_TRUE(state->Add("jitter@100", {{"missed", 3}}).ok());
  ASSERT_TRUE(state->Add("jitter@100", kValues).ok());
  state = StateFile::Open(path_);
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_THAT(state->Find("jitter@100"), Optional(kValues));
  EXPECT_EQ(state->Find("jitter@200"), std::nullopt);
}

TEST_F(StateFileTest, ALineThatWasCutShortIsNotReadAndHarmsNoOther) {
  std::ofstream(path_) << "a\tx=1\nb\tx=1\ty=12";
  auto state = StateFile::Open(path_);
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_EQ(state->Find("b"), std::nullopt);
  ASSERT_TRUE(state->Add("c", kValues).ok());
  state = StateFile::Open(path_);
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_THAT(state->Find("a"), Optional(PartValues{{"x", 1}}));
  EXPECT_EQ(state->Find("b"), std::nullopt);
  EXPECT_THAT(state->Find("c"), Optional(kValues));
}

TEST_F(StateFileTest, AFileThatCannotBeWrittenIsRefused) {
  EXPECT_EQ(StateFile::Open(testing::TempDir() + "/no/such/folder").status().code(),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace evoke
