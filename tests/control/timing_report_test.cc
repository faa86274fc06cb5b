// evokectl timing, from a log to a verdict.
#include "clients/control/timing_report.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "clients/control/command_line.h"
#include "common/figure/image_file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/support/specs.h"

namespace evoke {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

// Writes the log of a display at exactly 50 Hz: every stimulus is 3 refreshes on and 2 off.
class LogScript {
 public:
  explicit LogScript(const std::string& name)
      : path_(absl::StrCat(testing::TempDir(), "/", name, "_", getpid(), ".timing")) {
    bytes_ = EncodeTimingHeader({{"nominal-hz", "50.000000"},
                                 {"refresh-hz", "50.000000"},
                                 {"markers", "0 serial /dev/ttyS0"},
                                 {"sources", "0 presentation feedback, 1 GLX_OML"},
                                 {"miss-reasons", "0 none, 1 busy, 2 drawing"}});
  }

  // `error_us`: of the onset's stamp. `late`: refreshes missed just before the onset. `missed`:
  // while it was on.
  void Show(int error_us = 0, int late = 0, int missed = 0, const std::string& aborted = "") {
    LoggedStimulus s;
    s.id = ++id_;
    s.on_frames = 3;
    s.predicted_onset_nanos = Next();
    Flip(s.id, error_us, late);
    s.onset_nanos = Now() + error_us * 1000;
    s.late_frames = late;
    if (aborted.empty()) {
      Flip(s.id, 0, missed);
      Flip(s.id, 0, 0);
    }
    Flip(0, 0, 0);
    Flip(0, 0, 0);
    s.frames = 3 + missed;
    s.dropped = missed;
    if (!aborted.empty()) {
      s.aborted = 1;
      bytes_ += EncodeTimingText(absl::StrCat("aborted ", s.id, " ", aborted));
    }
    bytes_ += EncodeTimingBlock(s);
    LoggedMarker marker;
    marker.stamp_nanos = s.onset_nanos;
    marker.known_nanos = s.onset_nanos + 1'000'000;
    marker.sent_nanos = s.onset_nanos + 1'500'000;
    bytes_ += EncodeTimingBlock(marker);
  }
  void Text(const std::string& text) { bytes_ += EncodeTimingText(text); }
  const std::string& Write() {
    std::ofstream(path_, std::ios::binary) << bytes_;
    return path_;
  }

 private:
  static constexpr int64_t kPeriod = 20'000'000;
  int64_t Now() const { return 1'000'000'000 + index_ * kPeriod; }
  int64_t Next() const { return Now() + kPeriod; }
  void Flip(uint64_t stimulus, int error_us, int dropped) {
    index_ += 1 + dropped;
    LoggedRefresh r;
    r.index = index_;
    r.presented_nanos = Now() + error_us * 1000;
    r.stimulus = stimulus;
    r.dropped = dropped;
    r.reason = dropped > 0 ? 1 : 0;
    r.confirmed = 1;
    bytes_ += EncodeTimingBlock(r);
  }

  const std::string path_;
  std::string bytes_;
  uint64_t id_ = 0;
  int64_t index_ = 0;
};

v1::TimingLimits Limits(const std::string& text) { return ParseText<v1::TimingLimits>(text); }

TEST(TimingDataTest, TellsMissedLateAndAbortedApart) {
  LogScript script("apart");
  for (int i = 0; i < 10; ++i) script.Show(i % 2 == 0 ? 10 : -10);
  script.Show(0, /*late=*/2);
  script.Show(0, 0, /*missed=*/1);
  script.Show(0, 0, 0, "fixation broken");
  const absl::StatusOr<TimingData> data = ReadTimingData(script.Write());
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_EQ(data->stimuli, 13);
  EXPECT_EQ(data->completed, 12);
  EXPECT_EQ(data->late, 1);
  EXPECT_EQ(data->wrong_duration, 1);
  EXPECT_EQ(data->missed, 3);
  EXPECT_EQ(data->missed_on, 1) << "before an onset the background was on";
  EXPECT_EQ(data->refreshes_on, 12 * 3 + 1 + 1);
  EXPECT_THAT(data->missed_by, ElementsAre(Pair("busy", 3)));
  EXPECT_THAT(data->aborted_by, ElementsAre(Pair("fixation broken", 1)));
  EXPECT_THAT(data->stamps_by, ElementsAre(Pair("presentation feedback", data->refreshes)));
  EXPECT_NEAR(data->measured_hz, 50, 0.001);
  EXPECT_NEAR(data->onset_errors.sd(), 9.5, 0.5);
  EXPECT_DOUBLE_EQ(data->onset_errors.worst, 10);
  EXPECT_DOUBLE_EQ(data->all_onset_errors.worst, 40'000);
  EXPECT_DOUBLE_EQ(data->lags.at(0).after_stamp.mean, 1.5);
  EXPECT_NEAR(data->lags.at(0).after_known.mean, 0.5, 1e-9);
  // One interval of two periods and one of three, all others of one.
  const auto at = [&](double ms) {
    int64_t count = 0;
    for (size_t bin = 0; bin < data->intervals.counts.size(); ++bin) {
      const double from = data->intervals.from + static_cast<double>(bin) * data->intervals.width;
      if (std::abs(from - ms) < 1) count += data->intervals.counts[bin];
    }
    return count;
  };
  EXPECT_EQ(at(40), 1);
  EXPECT_EQ(at(60), 1);
  EXPECT_EQ(at(20), data->refreshes - 3);
}

TEST(TimingDataTest, EachLimitIsCheckedAndOnlyThoseThatAreSet) {
  LogScript script("limits");
  for (int i = 0; i < 9; ++i) script.Show(i % 2 == 0 ? 20 : -20);
  script.Show(0, /*late=*/1, /*missed=*/1);
  const TimingData data = *ReadTimingData(script.Write());
  const auto kept = [&](const std::string& limits) {
    return TimingVerdict{"e", CheckLimits(data, Limits(limits))}.kept();
  };
  EXPECT_TRUE(kept(""));
  EXPECT_TRUE(kept("max_late_share: 0.1"));
  EXPECT_FALSE(kept("max_late_share: 0.09"));
  EXPECT_TRUE(kept("max_missed_share: 0.04"));
  EXPECT_FALSE(kept("max_missed_share: 0"));
  EXPECT_TRUE(kept("max_onset_sd { nanos: 25000 }"));
  EXPECT_FALSE(kept("max_onset_sd { nanos: 15000 }"));
  EXPECT_TRUE(kept("max_refresh_deviation_ppm: 20"));
  EXPECT_EQ(CheckLimits(data, Limits("max_late_share: 1 max_missed_share: 1")).size(), 2);
}

TEST(TimingDataTest, AWrongNominalRateIsOutsideItsLimit) {
  LogScript script("rate");
  script.Show();
  TimingData data = *ReadTimingData(script.Write());
  data.nominal_hz = 50.05;
  const auto checks = CheckLimits(data, Limits("max_refresh_deviation_ppm: 900"));
  ASSERT_EQ(checks.size(), 1);
  EXPECT_FALSE(checks[0].kept);
  EXPECT_THAT(checks[0].found, HasSubstr("-999"));
}

TEST(TimingDataTest, WhatIsNotKnownKeepsNoLimit) {
  const std::string any = "max_late_share: 1";
  LogScript empty("empty");
  EXPECT_FALSE(CheckLimits(*ReadTimingData(empty.Write()), Limits(any)).front().kept);
  LogScript lossy("lossy");
  lossy.Show();
  lossy.Text("lost refreshes=3 stimuli=0 markers=0 unwritten=0");
  const TimingData data = *ReadTimingData(lossy.Write());
  EXPECT_FALSE((TimingVerdict{"e", CheckLimits(data, Limits(any))}.kept()));
  EXPECT_THAT(TimingText(data, {}), HasSubstr("refreshes=3"));
}

// The command, which needs no server.
struct Outcome {
  ExitCode code = ExitCode::kSuccess;
  std::string out, err;
};
Outcome Evokectl(std::vector<std::string> arguments) {
  std::ostringstream out, err;
  const std::unique_ptr<Clock> clock = NewSystemClock();
  CommandContext context;
  context.clock = clock.get();
  context.out = &out;
  context.err = &err;
  Outcome outcome;
  outcome.code = RunCommandLine(std::move(arguments), context);
  outcome.out = out.str();
  outcome.err = err.str();
  return outcome;
}

TEST(TimingCommandTest, TheExitCodeIsTheVerdictByTheLimitsInTheLog) {
  LogScript good("good"), bad("bad"), free("free");
  for (LogScript* script : {&good, &bad}) {
    script->Text("limits experiments/e max_late_share: 0.01 max_onset_sd { nanos: 300000 }");
    for (int i = 0; i < 5; ++i) script->Show(i);
  }
  bad.Show(0, /*late=*/1);
  free.Show();
  const Outcome within = Evokectl({"timing", good.Write()});
  EXPECT_EQ(within.code, ExitCode::kSuccess) << within.err;
  EXPECT_THAT(within.out, HasSubstr("verdict by experiments/e: within the limits"));
  const Outcome outside = Evokectl({"timing", bad.Write()});
  EXPECT_EQ(outside.code, ExitCode::kBeyondLimits);
  EXPECT_THAT(outside.out, HasSubstr("BAD  late onsets: 16.7 % (limit 1 %)"));
  const Outcome without = Evokectl({"timing", free.Write()});
  EXPECT_EQ(without.code, ExitCode::kSuccess);
  EXPECT_THAT(without.out, HasSubstr("no verdict"));
}

TEST(TimingCommandTest, LimitsFromASpecificationCountInsteadOfThoseInTheLog) {
  LogScript script("spec");
  script.Text("limits experiments/e max_late_share: 0");
  script.Show(0, /*late=*/1);
  script.Show();
  const std::string spec = absl::StrCat(testing::TempDir(), "/limits_", getpid(), ".textproto");
  std::ofstream(spec) << "presentation { timing_limits { max_late_share: 0.5 } }";
  EXPECT_EQ(Evokectl({"timing", script.Write(), "--limits", spec}).code, ExitCode::kSuccess);
  std::ofstream(spec) << "presentation { }";
  const Outcome none = Evokectl({"timing", script.Write(), "--limits", spec});
  EXPECT_EQ(none.code, ExitCode::kError);
  EXPECT_THAT(none.err, HasSubstr("timing_limits"));
}

TEST(TimingCommandTest, WritesJsonAndAPicture) {
  LogScript script("json");
  for (int i = 0; i < 5; ++i) script.Show(i);
  const std::string png = absl::StrCat(testing::TempDir(), "/timing_", getpid(), ".png");
  const Outcome outcome = Evokectl({"--json", "timing", script.Write(), "--png", png});
  ASSERT_EQ(outcome.code, ExitCode::kSuccess) << outcome.err;
  const nlohmann::json json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json["stimuli"], 5);
  EXPECT_EQ(json["markers"][0]["after_stamp_ms"]["mean"], 1.5);
  const absl::StatusOr<Image> picture = ReadImage(png);
  ASSERT_TRUE(picture.ok()) << picture.status();
  EXPECT_EQ(picture->height, 1000);
}

TEST(TimingCommandTest, AFileThatIsNoLogIsAnError) {
  const Outcome outcome = Evokectl({"timing", "CHANGELOG.md"});
  EXPECT_EQ(outcome.code, ExitCode::kError);
  EXPECT_THAT(outcome.err, HasSubstr("is not a timing log"));
}

}  // namespace
}  // namespace evoke
