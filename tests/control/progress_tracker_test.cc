#include "clients/control/progress_tracker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "clients/control/event_text.h"
#include "tests/control/event_script.h"
#include "tests/support/specs.h"

namespace evoke {
namespace {

using ::testing::DoubleNear;
using ::testing::HasSubstr;
using ::testing::Optional;

constexpr int64_t kSecond = 1'000'000'000;

std::map<std::string, std::vector<double>> Candidates(int first, int count) {
  std::map<std::string, std::vector<double>> candidates;
  for (int i = first; i < first + count; ++i) candidates[absl::StrCat(1000 + i)] = {1.0 * i};
  return candidates;
}

class ProgressTrackerTest : public testing::Test {
 protected:
  ProgressTrackerTest() : script_(Spec()) {}

  static v1::Experiment Spec() {
    v1::Experiment spec = SmallSpec();
    spec.set_name("experiments/demo");
    spec.mutable_optimizer()->set_max_candidate_trials(100);
    spec.mutable_presentation()->set_confirmation_repeats(5);
    return spec;
  }
  // Trials of the script from `first` on, one each `interval`.
  void Run(int first, int last, absl::Duration interval) {
    for (int n = first; n <= last; ++n) {
      script_.Advance(interval);
      script_.Run(n, {3});
    }
  }
  // All events of the script came in one rush at second 0.
  ProgressNow At(int64_t now_nanos) {
    ProgressTracker tracker;
    for (const auto& event : script_.events()) tracker.Add(event, 0);
    return tracker.At(now_nanos);
  }

  EventScript script_;
};

TEST_F(ProgressTrackerTest, CountsCandidatesAgainstTheBudget) {
  script_.PlanSearch(Candidates(0, 8), {"blank", "ref-a.png"});
  Run(1, 10, absl::Milliseconds(500));
  script_.Complete("1000", 9, "1001", 7.5, 0.5);
  const ProgressNow now = At(0);
  EXPECT_EQ(now.done, 8);
  EXPECT_EQ(now.budget, 100);
  EXPECT_EQ(now.generation, 1);
  ASSERT_TRUE(now.best.has_value());
  EXPECT_EQ(now.best->score(), 7.5);
}

TEST_F(ProgressTrackerTest, ATrialThatIsScoredLaterEndsOnce) {
  script_.PlanSearch(Candidates(0, 2));
  Run(1, 2, absl::Milliseconds(500));
  v1::Trial scored = script_.trial(1);
  v1::Trial unscored = scored;
  unscored.clear_score();
  ProgressTracker tracker;
  for (size_t i = 0; i < 2; ++i) tracker.Add(script_.events()[i], 0);
  for (const v1::Trial& trial : {unscored, scored, script_.trial(2)}) {
    v1::ExperimentEvent event;
    *event.mutable_trial() = trial;
    tracker.Add(event, 0);
  }
  EXPECT_EQ(tracker.At(0).done, 2);
}

TEST_F(ProgressTrackerTest, TellsTheReferenceRatioAndTheSites) {
  script_.PlanSearch(Candidates(0, 2));
  Run(1, 2, absl::Milliseconds(500));
  script_.Complete("1000", 9, "1001", 7.5, 0.5);
  ProgressTracker tracker;
  for (size_t i = 0; i + 1 < script_.events().size(); ++i) tracker.Add(script_.events()[i], 0);
  v1::ExperimentEvent completed = script_.events().back();
  v1::Progress& progress = *completed.mutable_generation()->mutable_progress();
  progress.set_reference_ratio(1.834);
  tracker.Add(completed, 0);
  EXPECT_THAT(ProgressText(tracker.At(0)), HasSubstr("best 7.5 +- 0.5, 1.83 x best reference"));
  for (const char* name : {"v1", "v4"}) {
    v1::Estimate& site = *progress.add_site_best();
    site.set_site(name);
    site.mutable_latent();
    site.set_score(12);
    site.set_standard_error(3);
  }
  progress.mutable_site_best(1)->clear_latent();
  tracker.Add(completed, 0);
  EXPECT_THAT(ProgressText(tracker.At(0)), HasSubstr("best v1 12 +- 3, v4 -, 1.83 x best"));
}

TEST_F(ProgressTrackerTest, RateIsThatOfTheEventsThoughTheyCameInOneRush) {
  script_.PlanSearch(Candidates(0, 80));
  Run(1, 60, absl::Milliseconds(500));
  EXPECT_THAT(At(0).rate, Optional(DoubleNear(2.0, 0.01)));
}

TEST_F(ProgressTrackerTest, RateCountsTheLastTenSeconds) {
  script_.PlanSearch(Candidates(0, 80));
  Run(1, 20, absl::Seconds(1));
  Run(21, 60, absl::Milliseconds(250));
  EXPECT_THAT(At(0).rate, Optional(DoubleNear(4.0, 0.01)));
}

TEST_F(ProgressTrackerTest, RateFallsWhileNothingComes) {
  script_.PlanSearch(Candidates(0, 80));
  Run(1, 40, absl::Milliseconds(500));
  EXPECT_THAT(At(5 * kSecond).rate, Optional(DoubleNear(1.0, 0.01)));
  EXPECT_THAT(At(100 * kSecond).rate, Optional(0.0));
  EXPECT_FALSE(At(100 * kSecond).left.has_value());
}

TEST_F(ProgressTrackerTest, SlowExperimentsAreCountedOverAMinute) {
  script_.PlanSearch(Candidates(0, 80));
  Run(1, 30, absl::Seconds(6));
  EXPECT_THAT(At(0).rate, Optional(DoubleNear(1 / 6.0, 0.001)));
}

TEST_F(ProgressTrackerTest, FirstSecondTellsNoRate) {
  script_.PlanSearch(Candidates(0, 80));
  Run(1, 3, absl::Milliseconds(200));
  EXPECT_FALSE(At(0).rate.has_value());
}

TEST_F(ProgressTrackerTest, TimeLeftHoldsControlsAndConfirmation) {
  // 8 candidates and 2 controls a block: 92 candidates are left with 23 controls, then 2 x 5.
  script_.PlanSearch(Candidates(0, 8), {"blank", "ref-a.png"});
  Run(1, 10, absl::Milliseconds(500));
  const ProgressNow now = At(0);
  ASSERT_THAT(now.rate, Optional(DoubleNear(2.0, 0.01)));
  ASSERT_TRUE(now.left.has_value());
  EXPECT_NEAR(absl::ToDoubleSeconds(*now.left), (92 * 1.25 + 10) / 2, 0.5);
}

TEST_F(ProgressTrackerTest, MostGenerationsBoundTheTimeLeft) {
  v1::Experiment spec = Spec();
  spec.mutable_optimizer()->set_max_generations(2);
  script_ = EventScript(spec);
  script_.PlanSearch(Candidates(0, 10));
  Run(1, 10, absl::Milliseconds(500));
  EXPECT_NEAR(absl::ToDoubleSeconds(At(0).left.value()), (10 + 10) / 2.0, 0.5);
}

TEST_F(ProgressTrackerTest, ConfirmationCountsOnItsOwn) {
  script_.PlanSearch(Candidates(0, 10));
  Run(1, 10, absl::Milliseconds(500));
  script_.Complete("1000", 9, "1001", 7.5, 0.5);
  script_.PlanConfirmation({"1000", "1001"}, 5);
  Run(11, 14, absl::Milliseconds(500));
  const ProgressNow now = At(0);
  EXPECT_TRUE(now.confirming);
  EXPECT_EQ(now.confirmation_done, 4);
  EXPECT_EQ(now.confirmation_planned, 10);
  EXPECT_NEAR(absl::ToDoubleSeconds(now.left.value()), 6 / 2.0, 0.5);
  EXPECT_THAT(ProgressText(now), HasSubstr("10/100 trials  gen 2  confirming 4/10  best 7.5"));
}

TEST_F(ProgressTrackerTest, PauseIsNoSlowness) {
  script_.PlanSearch(Candidates(0, 80));
  Run(1, 20, absl::Milliseconds(500));
  script_.State(v1::Experiment::STATE_PAUSED, "by the operator");
  EXPECT_FALSE(At(0).rate.has_value());
  script_.Advance(absl::Seconds(300));
  script_.State(v1::Experiment::STATE_ACTIVE, "");
  Run(21, 26, absl::Milliseconds(500));
  EXPECT_THAT(At(0).rate, Optional(DoubleNear(2.0, 0.01)));
}

TEST_F(ProgressTrackerTest, CancelledTrialsAreNotDone) {
  script_.PlanSearch(Candidates(0, 3));
  Run(1, 1, absl::Seconds(1));
  for (int n : {2, 3}) {
    v1::Trial trial = script_.trial(n);
    trial.set_state(n == 2 ? v1::Trial::STATE_CANCELLED : v1::Trial::STATE_INFEASIBLE);
    script_.ChangeTrial(trial);
  }
  EXPECT_EQ(At(0).done, 2);
}

}  // namespace
}  // namespace evoke
