#include "tests/bench/display/report.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(DisplayReportTest, FiguresAreThoseOfTheParts) {
  EXPECT_EQ(FormatFigures({{"realtime.59.94", {{"missed_onsets", 1}, {"wrong_durations", 2}}},
                           {"injected.60", {{"undetected", 3}, {"false_alarms", 1}}},
                           {"injected.144", {{"undetected", 4}, {"false_alarms", 0}}},
                           {"jitter", {{"predicted_sd_us", 12.5}}},
                           {"decode", {{"median_ms.32", 8}, {"p95_ms.32", 16}}}}),
            "figure display.missed.realtime.59.94 1\n"
            "figure display.wrong_duration.realtime.59.94 2\n"
            "figure display.onset_sd_us 12.5\n"
            "figure display.decode_to_ready_ms.32 8\n"
            "figure display.undetected 7\n"
            "figure display.false_alarms 1\n");
}

TEST(DisplayReportTest, APartThatWasNotRunGivesNoFigure) {
  EXPECT_EQ(FormatFigures({{"stalls", {{"undetected", 1}}}}), "");
}

TEST(DisplayReportTest, TimingPartsShareATable) {
  const std::string table = FormatTables({{"realtime.60", {{"presentations", 100}}},
                                          {"injected.60", {{"presentations", 99}}},
                                          {"stalls", {{"starved_onsets", 2}}}});
  EXPECT_THAT(table, HasSubstr("realtime.60    injected.60\n"));
  EXPECT_THAT(table, HasSubstr("presentations               100             99\n"));
  EXPECT_THAT(table, HasSubstr("stalls\n  starved_onsets       2\n"));
}

}  // namespace
}  // namespace evoke
