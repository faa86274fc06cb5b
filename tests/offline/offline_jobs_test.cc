#include "sim_backend/offline/offline_jobs.h"

#include <atomic>

#include "gmock/gmock.h"
#include "tests/offline/offline_fixture.h"

namespace evoke {
namespace {

using testing::HasSubstr;

class OfflineJobsTest : public OfflineTest {
 protected:
  static std::vector<OfflineJob> Units(const std::vector<std::string>& units) {
    std::vector<OfflineJob> jobs;
    for (size_t i = 0; i < units.size(); ++i) {
      jobs.push_back({"job-" + std::to_string(i), Spec(units[i])});
    }
    return jobs;
  }
};

TEST_F(OfflineJobsTest, EachComesToWhatItComesToAlone) {
  const std::vector<OfflineJob> jobs = Units({"a/0", "a/1@1,0", "class/1", "a/2", "class/0"});
  const OfflineOutcome outcome = RunOffline(jobs, parts_, 3);
  ASSERT_EQ(outcome.results.size(), jobs.size());
  int64_t presentations = 0;
  for (size_t i = 0; i < jobs.size(); ++i) {
    const OfflineResult& result = outcome.results[i];
    ASSERT_TRUE(result.status.ok()) << result.status;
    EXPECT_EQ(result.experiment.name(), "experiments/" + jobs[i].id);
    EXPECT_EQ(result.presentations, result.experiment.progress().trials_done());
    presentations += result.presentations;
    Run("alone-" + std::to_string(i), jobs[i].spec);
    EXPECT_EQ(Outcome(*ledger_, jobs[i].id), Outcome(*ledger_, "alone-" + std::to_string(i)));
  }
  EXPECT_EQ(outcome.presentations, presentations);
  EXPECT_GT(outcome.times.nanos(Phase::kNetwork), 0);
}

TEST_F(OfflineJobsTest, AnInterruptedRunIsPausedAndGoesOn) {
  const std::vector<OfflineJob> jobs = Units({"a/0", "a/1", "class/0"});
  std::atomic<int> asked = 0;
  OfflineHooks hooks;
  hooks.interrupted = [&] { return ++asked > 4; };
  const OfflineOutcome first = RunOffline(jobs, parts_, 1, hooks);
  EXPECT_TRUE(absl::IsCancelled(first.results[0].status)) << first.results[0].status;
  EXPECT_EQ(ledger_->GetExperiment("experiments/job-0")->state(), v1::Experiment::STATE_PAUSED);
  EXPECT_TRUE(absl::IsCancelled(first.results[2].status));
  EXPECT_TRUE(absl::IsNotFound(ledger_->GetExperiment("experiments/job-2").status()));

  const OfflineOutcome second = RunOffline(jobs, parts_, 2);
  for (const OfflineResult& result : second.results) EXPECT_TRUE(result.status.ok());
  EXPECT_LT(second.results[0].presentations, second.results[0].experiment.progress().trials_done());
  Run("alone", Spec("a/0"));
  EXPECT_EQ(Outcome(*ledger_, "job-0"), Outcome(*ledger_, "alone"));
}

TEST_F(OfflineJobsTest, AJobThatCannotBeginDoesNotStopTheOthers) {
  const OfflineOutcome outcome = RunOffline(Units({"a/0", "a/99", "class/0"}), parts_, 2);
  EXPECT_TRUE(outcome.results[0].status.ok());
  EXPECT_THAT(outcome.results[1].status.message(), HasSubstr("a/99"));
  EXPECT_TRUE(outcome.results[2].status.ok());
}

TEST_F(OfflineJobsTest, FinishIsCalledForEachThatEndedAndItsErrorCounts) {
  std::atomic<int> finished = 0;
  OfflineHooks hooks;
  hooks.finish = [&](const OfflineExperiment& experiment) {
    EXPECT_TRUE(experiment.ended());
    ++finished;
    return experiment.snapshot().name() == "experiments/job-1" ? absl::DataLossError("disk full")
                                                               : absl::OkStatus();
  };
  const OfflineOutcome outcome = RunOffline(Units({"a/0", "a/1"}), parts_, 2, hooks);
  EXPECT_EQ(finished, 2);
  EXPECT_TRUE(outcome.results[0].status.ok());
  EXPECT_TRUE(absl::IsDataLoss(outcome.results[1].status));
}

TEST_F(OfflineJobsTest, ShowEndsWithTheWhole) {
  OfflineProgress last;
  OfflineHooks hooks;
  hooks.show = [&](const OfflineProgress& progress) {
    EXPECT_GE(progress.done, last.done);
    EXPECT_GE(progress.presentations, last.presentations);
    last = progress;
  };
  const OfflineOutcome outcome = RunOffline(Units({"a/0", "a/1", "a/2"}), parts_, 2, hooks);
  EXPECT_EQ(last.jobs, 3);
  EXPECT_EQ(last.ended, 3);
  EXPECT_DOUBLE_EQ(last.done, 1);
  EXPECT_EQ(last.found_done, 0);
  EXPECT_EQ(last.presentations, outcome.presentations);

  RunOffline(Units({"a/0", "a/1", "a/2"}), parts_, 2,
             {.show = [&](const OfflineProgress& progress) { last = progress; }});
  EXPECT_DOUBLE_EQ(last.found_done, 1) << "all was done by the run before";
  EXPECT_EQ(last.presentations, 0);
}

}  // namespace
}  // namespace evoke
