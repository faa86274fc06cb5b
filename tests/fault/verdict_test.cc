// The judge must find what it is there for: each test alters a good run in one way.
#include "tests/fault/verdict.h"

#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/specs.h"

namespace evoke {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kTrial[] = "experiments/a/trials/1";

v1::ExperimentEvent TrialEvent(v1::Trial::State state, int attempt, bool shown, bool answered) {
  v1::ExperimentEvent event;
  v1::Trial& trial = *event.mutable_trial();
  trial.set_name(kTrial);
  trial.set_stimulus("experiments/a/stimuli/1");
  trial.set_state(state);
  trial.set_attempt(attempt);
  if (shown) *trial.mutable_presentation() = CompletedPresentation("clients/d");
  if (answered) *trial.mutable_response() = CountsOf("a/0", 7);
  return event;
}

v1::ExperimentEvent EndEvent(const std::string& best) {
  v1::ExperimentEvent event;
  event.mutable_experiment()->set_state(v1::Experiment::STATE_SUCCEEDED);
  event.mutable_experiment()->mutable_progress()->mutable_best()->set_stimulus(best);
  return event;
}

std::vector<v1::ExperimentEvent> GoodRun() {
  return {TrialEvent(v1::Trial::STATE_LEASED, 1, false, false),
          TrialEvent(v1::Trial::STATE_PRESENTED, 1, true, false),
          TrialEvent(v1::Trial::STATE_SUCCEEDED, 1, true, true),
          EndEvent("experiments/a/stimuli/1")};
}

// The presentation came, the response did not; the second attempt went well.
std::vector<v1::ExperimentEvent> RunWithTwoAttempts() {
  return {TrialEvent(v1::Trial::STATE_LEASED, 1, false, false),
          TrialEvent(v1::Trial::STATE_PRESENTED, 1, true, false),
          TrialEvent(v1::Trial::STATE_PENDING, 1, true, false),
          TrialEvent(v1::Trial::STATE_LEASED, 2, false, false),
          TrialEvent(v1::Trial::STATE_PRESENTED, 2, true, false),
          TrialEvent(v1::Trial::STATE_SUCCEEDED, 2, true, true),
          EndEvent("experiments/a/stimuli/1")};
}

Acknowledgement Of(int attempt, bool response, v1::ReportResult::Disposition disposition) {
  return {kTrial, attempt, response, disposition};
}

TEST(VerdictTest, AttemptsDontMakeADifference) {
  const Verdict verdict = Judge(RunWithTwoAttempts(), GoodRun(),
                                {Of(1, false, v1::ReportResult::DISPOSITION_ACCEPTED),
                                 Of(2, false, v1::ReportResult::DISPOSITION_DUPLICATE),
                                 Of(2, true, v1::ReportResult::DISPOSITION_ACCEPTED),
                                 Of(3, true, v1::ReportResult::DISPOSITION_REJECTED)},
                                RunWithTwoAttempts());
  EXPECT_THAT(verdict.lost, IsEmpty());
  EXPECT_THAT(verdict.doubled, IsEmpty());
  EXPECT_THAT(verdict.diverged, IsEmpty());
}

TEST(VerdictTest, FindsALostReport) {
  const Verdict verdict = Judge(RunWithTwoAttempts(), GoodRun(),
                                {Of(1, true, v1::ReportResult::DISPOSITION_ACCEPTED)}, {});
  EXPECT_THAT(verdict.lost, ElementsAre(HasSubstr("trials/1 attempt 1: the response")));
}

TEST(VerdictTest, FindsALostLateReport) {
  std::vector<v1::ExperimentEvent> run = RunWithTwoAttempts();
  const Acknowledgement late = Of(1, true, v1::ReportResult::DISPOSITION_LATE);
  EXPECT_THAT(Judge(run, GoodRun(), {late}, {}).lost, SizeIs(1));
  v1::LateReport& report = *run.emplace_back().mutable_late_report();
  report.set_trial(kTrial);
  report.set_attempt(1);
  *report.mutable_response() = CountsOf("a/0", 7);
  EXPECT_THAT(Judge(run, GoodRun(), {late}, {}).lost, IsEmpty());
}

TEST(VerdictTest, FindsAnEventThatWatchersWereToldOf) {
  std::vector<v1::ExperimentEvent> told = GoodRun();
  told[1].mutable_trial()->set_display("clients/other");
  EXPECT_THAT(Judge(GoodRun(), GoodRun(), {}, told).lost, ElementsAre(HasSubstr("event 2")));
}

TEST(VerdictTest, FindsAReportThatCountedTwice) {
  std::vector<v1::ExperimentEvent> run = GoodRun();
  run.insert(run.begin() + 2, run[2]);
  EXPECT_THAT(Judge(run, GoodRun(), {}, {}).doubled,
              ElementsAre(HasSubstr("a response counted 2 times"), HasSubstr("scored 2 times")));
}

TEST(VerdictTest, FindsAnotherAnswer) {
  std::vector<v1::ExperimentEvent> run = GoodRun();
  run[2].mutable_trial()->mutable_response()->set_spike_counts(0, 8);
  EXPECT_THAT(Judge(run, GoodRun(), {}, {}).diverged, ElementsAre(HasSubstr("counts 7")));
}

TEST(VerdictTest, FindsAnotherRecommendation) {
  std::vector<v1::ExperimentEvent> run = GoodRun();
  run.back() = EndEvent("experiments/a/stimuli/2");
  EXPECT_THAT(Judge(run, GoodRun(), {}, {}).diverged, ElementsAre(HasSubstr("recommends")));
}

TEST(VerdictTest, ReadsAcknowledgementsFromALog) {
  const std::string path = testing::TempDir() + "/verdict_test.log";
  std::ofstream(path) << "[2026] [evoke-sim] [info] 234 units\n"
                      << "[2026] [evoke-sim] [debug] acknowledged: experiments/a/trials/12 attempt "
                         "3 DISPOSITION_LATE\n"
                      << "[2026] [evoke-sim] [debug] acknowledged: experiments/a/tri";
  const std::vector<Acknowledgement> read = ReadAcknowledgements(path, true);
  ASSERT_THAT(read, SizeIs(1));
  EXPECT_EQ(read[0].trial, "experiments/a/trials/12");
  EXPECT_EQ(read[0].attempt, 3);
  EXPECT_TRUE(read[0].response);
  EXPECT_EQ(read[0].disposition, v1::ReportResult::DISPOSITION_LATE);
}

}  // namespace
}  // namespace evoke
