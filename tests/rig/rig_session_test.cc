#include "clients/rig/rig_session.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/specs.h"

namespace evoke {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr double kRate = 20000;
constexpr int64_t kMs = 1'000'000;

// Presentations every 500 ms of the session clock, whose zero is sample 0; the counting window is
// 50 .. 150 ms, the baseline the 100 ms before the onset.
class RigSessionTest : public ::testing::Test {
 protected:
  v1::PresentationNotice Notice(int number, const std::string& unit = "E 1/1") {
    auto notice = ParseText<v1::PresentationNotice>(R"pb(
      trial { attempt: 1 }
      objective {
        latency_window {
          start { nanos: 50000000 }
          end { nanos: 150000000 }
        }
        baseline_window {
          start { nanos: -100000000 }
          end {}
        }
      })pb");
    notice.mutable_objective()->add_units()->set_unit(unit);
    v1::Trial& trial = *notice.mutable_trial();
    trial.set_name(absl::StrCat("experiments/x/trials/", number));
    trial.set_sync_code(static_cast<uint32_t>(number));
    trial.mutable_presentation()->mutable_onset()->set_session("s");
    trial.mutable_presentation()->mutable_onset()->set_session_nanos(number * 500 * kMs);
    return notice;
  }
  // The rig delivers everything until `ms`.
  void Deliver(RigData data, int64_t ms) {
    data.complete_before = ms * 20;
    now_ = std::max(now_, ms * kMs);
    session_.Take(data, now_);
    Collect();
  }
  void Collect() {
    for (AnsweredPresentation& answer : session_.Answer(now_)) {
      answers_[answer.notice.trial().name()] = std::move(answer.response);
    }
  }
  // Shows stimuli with their pulses, so that the clocks are fitted, and the next have a place.
  void ShowFive() {
    RigData data;
    data.new_channels = {"E 1", "E 2"};
    for (int i = 1; i <= 5; ++i) data.edges.push_back({i * 10000, true, 0});
    for (int i = 1; i <= 5; ++i) session_.Take(Notice(i), 0, now_);
    Deliver(std::move(data), 3020);
    now_ += 1600 * kMs;  // the display rests
    Collect();
    ASSERT_EQ(answers_.size(), 5u);
    answers_.clear();
  }
  const v1::Response& Answer(int number) {
    return answers_[absl::StrCat("experiments/x/trials/", number)];
  }

  int64_t now_ = 0;
  RigSessionOptions options_;
  RigSession session_{options_, kRate};
  std::map<std::string, v1::Response> answers_;
};

TEST_F(RigSessionTest, CountsInTheWindowsFromTheRecordedOnsetAndKeepsSpikesAroundThem) {
  ShowFive();
  const int64_t onset = 60007;  // the line comes 7 samples late
  RigData data;
  data.edges.push_back({onset, true, 0});
  for (int64_t s : {onset - 3999, onset - 2000, onset - 1, onset + 999, onset + 1000, onset + 2999,
                    onset + 3000, onset + 3999, onset + 4000}) {
    data.spikes.push_back({s, 0, 1, false});
  }
  data.spikes.push_back({onset + 1500, 0, 2, false});  // another unit
  data.spikes.push_back({onset + 1500, 0, 1, true});   // an artifact
  data.spikes.push_back({onset + 1500, 1, 1, false});  // another electrode
  session_.Take(Notice(6), 0, now_);
  Deliver(std::move(data), 3199);
  EXPECT_THAT(answers_, IsEmpty());  // 50 ms after the window have not passed yet
  Deliver({}, 3201);
  const v1::Response& response = Answer(6);
  EXPECT_THAT(response.spike_counts(), ElementsAre(2));
  EXPECT_THAT(response.baseline_counts(), ElementsAre(2));
  EXPECT_EQ(response.spike_trains(0).nanos_from_onset_size(), 8);
  EXPECT_EQ(response.spike_trains(0).nanos_from_onset(0), -3999 * 50'000);
  EXPECT_EQ(response.recorded_onset().sample(), onset);
  EXPECT_EQ(response.recorded_onset().source(), v1::Presentation::ONSET_SOURCE_RIG_LINE);
  EXPECT_EQ(response.recorded_onset().deviation_nanos(), 7 * 50'000);
  EXPECT_EQ(response.recorded_onset().fit().onsets(), 7);
}

TEST_F(RigSessionTest, AllIdsOfAnElectrodeTogetherAreItsMultiUnitActivity) {
  ShowFive();
  RigData data;
  data.edges.push_back({60000, true, 0});
  data.spikes = {{61500, 0, 0, false}, {61600, 0, 1, false}, {61700, 0, 4, false}};
  session_.Take(Notice(6, "E 1/mua"), 0, now_);
  Deliver(std::move(data), 3300);
  EXPECT_THAT(Answer(6).spike_counts(), ElementsAre(3)) << Answer(6).DebugString();
}

TEST_F(RigSessionTest, ASilentUnitCountsZeroAndAnUnknownElectrodeIsAFailure) {
  ShowFive();
  RigData data;
  data.edges = {{60000, true, 0}, {70000, true, 0}};
  session_.Take(Notice(6, "E 2/3"), 0, now_);
  session_.Take(Notice(7, "E 9/1"), 0, now_);
  Deliver(std::move(data), 3900);
  EXPECT_THAT(Answer(6).spike_counts(), ElementsAre(0));
  EXPECT_THAT(Answer(7).failure(), HasSubstr("no unit E 9/1"));
}

TEST_F(RigSessionTest, ATrialThatAFaultOverlapsIsGivenBackAndNoOther) {
  ShowFive();
  RigData data;
  data.edges = {{60000, true, 0}, {70000, true, 0}, {80000, true, 0}};
  data.faults.push_back({RigFault::Kind::kLoss, "3 messages were lost", 72900, 73100});
  for (int i = 6; i <= 8; ++i) session_.Take(Notice(i), 0, now_);
  Deliver(std::move(data), 4400);
  EXPECT_THAT(Answer(6).failure(), IsEmpty());
  EXPECT_EQ(Answer(7).failure(), "3 messages were lost");
  EXPECT_THAT(Answer(8).failure(), IsEmpty());
}

TEST_F(RigSessionTest, AFaultBehindTheWindowIsNone) {
  ShowFive();
  RigData data;
  data.edges = {{60000, true, 0}};
  data.faults.push_back({RigFault::Kind::kGarbage, "garbage", 64001, 64500});
  session_.Take(Notice(6), 0, now_);
  Deliver(std::move(data), 3300);
  EXPECT_THAT(Answer(6).failure(), IsEmpty());
}

TEST_F(RigSessionTest, ARestartOfTheSampleClockGivesBackWhatWasOpen) {
  ShowFive();
  session_.Take(Notice(6), 0, now_);
  RigData data;
  data.edges = {{60000, true, 0}};
  Deliver(std::move(data), 3060);
  RigData restart;
  restart.clock_restarted = true;
  restart.faults.push_back({RigFault::Kind::kJump, "the acquisition was started anew"});
  restart.complete_before = 100;
  session_.Take(restart, now_);
  Collect();
  EXPECT_EQ(Answer(6).failure(), "the acquisition was started anew");
  // And goes on with the new numbers: sample 0 is session time 3.4 s.
  RigData again;
  for (int i = 7; i <= 10; ++i) {
    again.edges.push_back({(i * 500 - 3400) * 20, true, 0});
    again.spikes.push_back({(i * 500 - 3400) * 20 + 2000, 0, 1, false});
    session_.Take(Notice(i), 0, now_);
  }
  again.complete_before = (5600 - 3400) * 20;
  session_.Take(again, now_);
  Collect();
  now_ += 1600 * kMs;
  Collect();
  for (int i = 7; i <= 10; ++i) EXPECT_THAT(Answer(i).spike_counts(), ElementsAre(1)) << i;
}

TEST_F(RigSessionTest, AFaultAfterARestartCostsItsTrialsEvenIfItIsAJump) {
  ShowFive();
  RigData restart;
  restart.clock_restarted = true;
  restart.faults.push_back({RigFault::Kind::kJump, "the acquisition was started anew"});
  restart.faults.push_back({RigFault::Kind::kJump, "20 samples are missing", 12000, 12020});
  restart.complete_before = 100;
  session_.Take(restart, now_);
  RigData again;
  for (int i = 7; i <= 10; ++i) {
    again.edges.push_back({(i * 500 - 3400) * 20, true, 0});
    session_.Take(Notice(i), 0, now_);
  }
  again.complete_before = (5600 - 3400) * 20;
  session_.Take(again, now_);
  now_ += 1600 * kMs;
  Collect();
  EXPECT_EQ(Answer(8).failure(), "20 samples are missing");  // its onset is sample 12000
  for (int i : {7, 9, 10}) EXPECT_THAT(Answer(i).spike_counts(), ElementsAre(0)) << i;
}

TEST_F(RigSessionTest, TheEndOfACaptureLosesNoSpikes) {
  ShowFive();
  RigData data;
  data.edges.push_back({60000, true, 0});
  data.spikes.push_back({61500, 0, 1, false});
  data.complete_before = std::numeric_limits<int64_t>::max();
  session_.Take(data, now_);
  session_.Take(Notice(6), 0, now_);
  Collect();
  EXPECT_THAT(Answer(6).spike_counts(), ElementsAre(1));
}

TEST_F(RigSessionTest, AWindowOfAMinuteIsCountedWhole) {
  ShowFive();
  v1::PresentationNotice notice = Notice(6);
  notice.mutable_objective()->mutable_latency_window()->mutable_end()->set_seconds(60);
  RigData data;
  data.edges.push_back({60000, true, 0});
  data.spikes = {{61500, 0, 1, false}, {60000 + 59 * 20000, 0, 1, false}};
  session_.Take(std::move(notice), 0, now_);
  Deliver(std::move(data), 3100);
  for (int64_t ms = 4000; ms <= 63000; ms += 1000) Deliver({}, ms);
  EXPECT_THAT(answers_, IsEmpty());  // it has patience for as long as the window lasts
  Deliver({}, 64000);
  EXPECT_THAT(Answer(6).spike_counts(), ElementsAre(2)) << Answer(6).DebugString();
}

TEST_F(RigSessionTest, HoweverManyFaultsThereAreNoneIsForgotten) {
  ShowFive();
  RigData data;
  data.edges = {{60000, true, 0}, {70000, true, 0}};
  data.faults.push_back({RigFault::Kind::kLoss, "one message is missing", 61000, 61001});
  for (int64_t i = 0; i < 1000; ++i) {
    data.faults.push_back({RigFault::Kind::kGarbage, "garbage", 90000 + i, 90000 + i});
  }
  session_.Take(Notice(6), 0, now_);
  Deliver(std::move(data), 3300);
  EXPECT_THAT(Answer(6).failure(), testing::Not(IsEmpty()));
}

TEST_F(RigSessionTest, WhatCannotBeAnsweredInTimeIsGivenBackWithTheReason) {
  ShowFive();
  session_.Take(Notice(6), 0, now_);
  RigData silent;
  silent.trouble = "the stream is silent";
  silent.complete_before = 3020 * 20;
  session_.Take(silent, now_);
  EXPECT_EQ(session_.trouble(now_), "the stream is silent");
  now_ += 7000 * kMs;
  Collect();
  EXPECT_THAT(answers_, IsEmpty());
  now_ += 1200 * kMs;
  Collect();
  EXPECT_EQ(Answer(6).failure(), "the stream is silent");
}

TEST_F(RigSessionTest, ALineWithoutPulsesIsNamed) {
  for (int i = 1; i <= 3; ++i) session_.Take(Notice(i), 0, now_);
  RigData data;
  data.new_channels = {"E 1"};
  Deliver(std::move(data), 12000);
  EXPECT_THAT(Answer(1).failure(), HasSubstr("stimulus line"));
}

TEST_F(RigSessionTest, ASeriesThatIsTooRegularAsksForAPauseAndIsMatchedInIt) {
  for (int i = 1; i <= 13; ++i) {
    RigData data;
    if (i == 1) data.new_channels = {"E 1"};
    data.edges.push_back({i * 10000, true, 0});
    session_.Take(Notice(i), 0, now_ = (i * 500 + 100) * kMs);
    Deliver(std::move(data), i * 500 + 100);
    EXPECT_EQ(session_.trouble(now_).empty(), i < 12) << i;
  }
  EXPECT_THAT(session_.trouble(now_), HasSubstr("pause"));
  Deliver({}, 8400);  // nothing more is shown
  EXPECT_EQ(session_.trouble(now_), "");
  for (int i = 1; i <= 13; ++i) EXPECT_TRUE(Answer(i).has_recorded_onset()) << i;
}

TEST_F(RigSessionTest, AServerRestartGivesBackWhatHasNoOnsetYet) {
  ShowFive();
  session_.Take(Notice(6), 0, now_);
  v1::PresentationNotice later = Notice(7);
  later.mutable_trial()->mutable_presentation()->mutable_onset()->set_session("another");
  session_.Take(later, 0, now_);
  Collect();
  EXPECT_THAT(Answer(6).failure(), HasSubstr("server was restarted"));
}

TEST(RigSessionClockTest, WithoutALineTheOnsetIsComputedAndSaidToBeUncertain) {
  RigSessionOptions options;
  options.onset = RigSessionOptions::Onset::kClock;
  RigSession session(options, kRate);
  v1::Response response;
  // Blocks of 20 ms arrive 2 ms after their end; sample 0 is at local time 10 s.
  for (int block = 1; block <= 400; ++block) {
    RigData data;
    if (block == 1) data.new_channels = {"E 1"};
    if (block == 251) data.spikes.push_back({100000 + 2000, 0, 1, false});
    data.complete_before = data.newest_sample = block * 400;
    data.newest_received_nanos = 10'000 * kMs + block * 20 * kMs + 2 * kMs;
    session.Take(data, data.newest_received_nanos);
    if (block == 250) {
      auto notice = ParseText<v1::PresentationNotice>(R"pb(
        trial {
          name: "experiments/x/trials/1"
          presentation { onset { session: "s" } }
        }
        objective {
          units { unit: "E 1/1" }
          latency_window {
            start { nanos: 50000000 }
            end { nanos: 150000000 }
          }
        })pb");
      session.Take(notice, 15'000 * kMs, data.newest_received_nanos);
    }
    for (const AnsweredPresentation& answer : session.Answer(data.newest_received_nanos)) {
      response = answer.response;
    }
  }
  EXPECT_THAT(response.spike_counts(), ElementsAre(1));
  EXPECT_NEAR(static_cast<double>(response.recorded_onset().sample()), 100000 - 40, 1);
  EXPECT_EQ(response.recorded_onset().source(), v1::Presentation::ONSET_SOURCE_FITTED_CLOCK);
  EXPECT_GE(response.recorded_onset().uncertainty_nanos(), 20 * kMs);
}

}  // namespace
}  // namespace evoke
