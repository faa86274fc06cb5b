#include "server/experiment/trial_rules.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/experiment/spec.h"
#include "tests/support/specs.h"

namespace evoke {
namespace {

constexpr char kDisplay[] = "clients/display";

class TrialRulesTest : public testing::Test {
 protected:
  TrialRulesTest() : experiment_(WithDefaults(SmallSpec())) {
    v1::Trial planned;
    planned.set_name("experiments/e/trials/1");
    planned.set_state(v1::Trial::STATE_PENDING);
    leased_ = Lease(planned, kDisplay, 9);
  }

  v1::Trial Presented() {
    return *OnPresentation(experiment_, leased_, 1, CompletedPresentation(kDisplay)).trial;
  }

  v1::Experiment experiment_;
  v1::Trial leased_;
};

TEST_F(TrialRulesTest, ALeaseCountsTheAttemptAndKeepsTheSyncCode) {
  EXPECT_EQ(leased_.state(), v1::Trial::STATE_LEASED);
  EXPECT_EQ(leased_.attempt(), 1);
  EXPECT_EQ(leased_.sync_code(), 9);
}

TEST_F(TrialRulesTest, PresentationThenResponseSucceeds) {
  const v1::Trial presented = Presented();
  EXPECT_EQ(presented.state(), v1::Trial::STATE_PRESENTED);
  const TrialChange change = OnResponse(experiment_, presented, 1, CountsOf("a/0", 5));
  EXPECT_EQ(change.result.disposition(), v1::ReportResult::DISPOSITION_ACCEPTED);
  EXPECT_EQ(change.trial->state(), v1::Trial::STATE_SUCCEEDED);
  EXPECT_EQ(change.trial->response().spike_counts(0), 5u);
}

TEST_F(TrialRulesTest, TheSameReportAgainIsADuplicateWithoutEffect) {
  const v1::Trial presented = Presented();
  TrialChange again = OnPresentation(experiment_, presented, 1, CompletedPresentation(kDisplay));
  EXPECT_EQ(again.result.disposition(), v1::ReportResult::DISPOSITION_DUPLICATE);
  EXPECT_FALSE(again.trial.has_value());

  const v1::Trial done = *OnResponse(experiment_, presented, 1, CountsOf("a/0", 5)).trial;
  again = OnResponse(experiment_, done, 1, CountsOf("a/0", 5));
  EXPECT_EQ(again.result.disposition(), v1::ReportResult::DISPOSITION_DUPLICATE);
  EXPECT_FALSE(again.trial.has_value());
}

TEST_F(TrialRulesTest, ADifferentReportOfTheSameAttemptIsRejectedWithTheReason) {
  const v1::Trial done = *OnResponse(experiment_, Presented(), 1, CountsOf("a/0", 5)).trial;
  const TrialChange other = OnResponse(experiment_, done, 1, CountsOf("a/0", 6));
  EXPECT_EQ(other.result.disposition(), v1::ReportResult::DISPOSITION_REJECTED);
  EXPECT_THAT(other.result.reason(), testing::HasSubstr("contradicts"));
  EXPECT_FALSE(other.trial.has_value());
}

TEST_F(TrialRulesTest, TooManyDroppedFramesRequeue) {
  v1::Presentation p = CompletedPresentation(kDisplay);
  p.set_dropped_frames(1);
  const TrialChange change = OnPresentation(experiment_, leased_, 1, p);
  EXPECT_EQ(change.result.disposition(), v1::ReportResult::DISPOSITION_ACCEPTED);
  EXPECT_EQ(change.trial->state(), v1::Trial::STATE_PENDING);
  EXPECT_THAT(change.trial->state_reason(), testing::HasSubstr("dropped"));

  experiment_.mutable_presentation()->set_max_dropped_frames(1);
  EXPECT_EQ(OnPresentation(experiment_, leased_, 1, p).trial->state(), v1::Trial::STATE_PRESENTED);
}

TEST_F(TrialRulesTest, AnAbortedPresentationIsRequeuedAndNeverScored) {
  v1::Presentation p = CompletedPresentation(kDisplay);
  p.set_outcome(v1::Presentation::OUTCOME_ABORTED);
  p.set_outcome_reason("fixation broken");
  const v1::Trial aborted = *OnPresentation(experiment_, leased_, 1, p).trial;
  EXPECT_EQ(aborted.state(), v1::Trial::STATE_PENDING);
  EXPECT_THAT(aborted.state_reason(), testing::HasSubstr("fixation broken"));
  const TrialChange response = OnResponse(experiment_, aborted, 1, CountsOf("a/0", 5));
  EXPECT_EQ(response.result.disposition(), v1::ReportResult::DISPOSITION_LATE);
  EXPECT_FALSE(response.trial.has_value());
}

TEST_F(TrialRulesTest, AnAbortIsNoFailureHoweverOftenItHappens) {
  v1::Presentation p = CompletedPresentation(kDisplay);
  p.set_outcome(v1::Presentation::OUTCOME_ABORTED);
  v1::Trial trial = leased_;
  for (int aborts = 0; aborts < 20; ++aborts) {
    trial = *OnPresentation(experiment_, trial, aborts + 1, p, aborts).trial;
    EXPECT_EQ(trial.state(), v1::Trial::STATE_PENDING);
    trial = Lease(trial, kDisplay, 10);
  }
  // Real failures still count, and only they do.
  trial = FailAttempt(experiment_, trial, "display lost", 20);
  EXPECT_EQ(trial.state(), v1::Trial::STATE_PENDING);
  EXPECT_EQ(trial.state_reason(), "attempt 1 of 3 (without the 20 aborted): display lost");
}

TEST_F(TrialRulesTest, ATrialThatADisplayRefusesIsAFailure) {
  v1::Presentation p;
  p.set_display(kDisplay);
  p.set_outcome(v1::Presentation::OUTCOME_ABORTED);
  p.set_outcome_reason("start evoke-display with --background 128");
  experiment_.mutable_presentation()->set_max_attempts(1);
  EXPECT_EQ(OnPresentation(experiment_, leased_, 1, p).trial->state(), v1::Trial::STATE_INFEASIBLE);
  // So is one that the display took off because it had come on too late.
  p = CompletedPresentation(kDisplay);
  p.set_outcome(v1::Presentation::OUTCOME_ABORTED);
  p.set_late_frames(1);
  EXPECT_EQ(OnPresentation(experiment_, leased_, 1, p).trial->state(), v1::Trial::STATE_INFEASIBLE);
}

TEST_F(TrialRulesTest, TheLastFailedAttemptMakesTheTrialInfeasible) {
  v1::Trial trial = leased_;
  for (int attempt = 1; attempt < 3; ++attempt) {
    trial = FailAttempt(experiment_, trial, "display lost");
    EXPECT_EQ(trial.state(), v1::Trial::STATE_PENDING);
    trial = Lease(trial, kDisplay, 10);
    EXPECT_EQ(trial.attempt(), attempt + 1);
  }
  EXPECT_EQ(FailAttempt(experiment_, trial, "display lost").state(), v1::Trial::STATE_INFEASIBLE);
}

TEST_F(TrialRulesTest, AReportForAnAttemptThatWasGivenUpIsLate) {
  const v1::Trial returned = FailAttempt(experiment_, leased_, "lease ran out");
  EXPECT_EQ(OnPresentation(experiment_, returned, 1, CompletedPresentation(kDisplay))
                .result.disposition(),
            v1::ReportResult::DISPOSITION_LATE);
  const v1::Trial leased_again = Lease(returned, "clients/other", 1);
  EXPECT_EQ(OnPresentation(experiment_, leased_again, 1, CompletedPresentation(kDisplay))
                .result.disposition(),
            v1::ReportResult::DISPOSITION_LATE);
  EXPECT_EQ(OnResponse(experiment_, leased_again, 1, CountsOf("a/0", 5)).result.disposition(),
            v1::ReportResult::DISPOSITION_LATE);
}

TEST_F(TrialRulesTest, NonsenseIsRejectedAndChangesNothing) {
  const auto rejected = [](const TrialChange& change) {
    return change.result.disposition() == v1::ReportResult::DISPOSITION_REJECTED &&
           !change.trial.has_value() && !change.result.reason().empty();
  };
  EXPECT_TRUE(rejected(OnPresentation(experiment_, leased_, 2, CompletedPresentation(kDisplay))));
  EXPECT_TRUE(rejected(OnPresentation(experiment_, leased_, 0, CompletedPresentation(kDisplay))));
  EXPECT_TRUE(
      rejected(OnPresentation(experiment_, leased_, 1, CompletedPresentation("clients/x"))));
  v1::Presentation empty;
  empty.set_display(kDisplay);
  EXPECT_TRUE(rejected(OnPresentation(experiment_, leased_, 1, empty)));
  EXPECT_TRUE(rejected(OnResponse(experiment_, leased_, 1, CountsOf("a/0", 5))));
  EXPECT_TRUE(rejected(OnResponse(experiment_, Presented(), 1, CountsOf("b/0", 5))));
}

TEST_F(TrialRulesTest, AFailureInsteadOfCountsRequeuesAtOnceWithItsReason) {
  v1::Response failure;
  failure.set_backend("clients/rig");
  failure.set_failure("no pulse on the stimulus line");
  const TrialChange change = OnResponse(experiment_, Presented(), 1, failure);
  EXPECT_EQ(change.result.disposition(), v1::ReportResult::DISPOSITION_ACCEPTED);
  EXPECT_EQ(change.trial->state(), v1::Trial::STATE_PENDING);
  EXPECT_FALSE(change.trial->has_score());
  EXPECT_THAT(change.trial->state_reason(), testing::HasSubstr("no pulse on the stimulus line"));
  EXPECT_EQ(OnResponse(experiment_, *change.trial, 1, failure).result.disposition(),
            v1::ReportResult::DISPOSITION_DUPLICATE);
  EXPECT_FALSE(Lease(*change.trial, kDisplay, 10).has_response());
}

}  // namespace
}  // namespace evoke
