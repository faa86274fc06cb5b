#include "stimulus_display/screen/gamma_table.h"

#include <fstream>
#include <string>

#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

using ::testing::HasSubstr;

GammaTable Squares() {
  GammaTable table;
  for (size_t i = 0; i < GammaTable::kLevels; ++i) {
    table.rgb[0][i] = static_cast<uint8_t>(i * i / 255);
    table.rgb[1][i] = static_cast<uint8_t>(i);
    table.rgb[2][i] = static_cast<uint8_t>(i / 2);
  }
  return table;
}

std::string Message(const std::string& text) {
  const auto table = ParseGammaTable(text);
  EXPECT_EQ(table.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(table.status().message());
}

TEST(GammaTableTest, IsReadAsItWasWritten) {
  const std::string path = testing::TempDir() + "/gamma_table_test.csv";
  std::ofstream(path) << FormatGammaTable(Squares(), "made by a test\non two lines\n");
  const auto table = ReadGammaTable(path);
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(*table, Squares());
}

TEST(GammaTableTest, FractionsAreRounded) {
  const std::string text =
      absl::StrReplaceAll(FormatGammaTable(Squares(), "x"), {{"\n3,0,3,1\n", "\n3,0.4,2.6,1.2\n"}});
  EXPECT_THAT(text, HasSubstr("2.6"));
  const auto table = ParseGammaTable(text);
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(*table, Squares());
}

TEST(GammaTableTest, ErrorsNameLineAndRemedy) {
  const std::string good = FormatGammaTable(Squares(), "one line");
  EXPECT_THAT(Message(""), HasSubstr("256 levels"));
  EXPECT_THAT(Message("0,0,0,0\n"), HasSubstr("line 1: expected the heading"));
  EXPECT_THAT(Message(absl::StrReplaceAll(good, {{"\n7,", "\n8,"}})), HasSubstr("line 10"));
  EXPECT_THAT(Message(absl::StrReplaceAll(good, {{"\n3,0,3,1\n", "\n3,0,3\n"}})),
              HasSubstr("line 6"));
  EXPECT_THAT(Message(absl::StrReplaceAll(good, {{"\n3,0,3,1\n", "\n3,0,256,1\n"}})),
              HasSubstr("green must be from 0 to 255"));
  EXPECT_THAT(Message(absl::StrReplaceAll(good, {{"\n3,0,3,1\n", "\n3,0,nan,1\n"}})),
              HasSubstr("green"));
  EXPECT_THAT(Message(good + "256,1,1,1\n"), HasSubstr("levels are 0 to 255"));
}

TEST(GammaTableTest, TableThatFallsOrShowsNothingIsRefused) {
  GammaTable table = Squares();
  table.rgb[1][100] = 50;
  EXPECT_THAT(Message(FormatGammaTable(table, "")), HasSubstr("green falls from 99 to 50"));
  table = Squares();
  table.rgb[2].fill(9);
  EXPECT_THAT(Message(FormatGammaTable(table, "")), HasSubstr("blue is 9 at all levels"));
}

TEST(GammaTableTest, MissingFileSaysWhatMakesOne) {
  const auto table = ReadGammaTable("/no/such/gamma.csv");
  EXPECT_EQ(table.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(table.status().message()), HasSubstr("calibrate gamma"));
}

}  // namespace
}  // namespace evoke
