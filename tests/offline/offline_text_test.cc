#include "sim_backend/offline/offline_text.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(ProgressLineTest, OneExperimentTellsGenerationBestPaceAndTimeLeft) {
  OfflineProgress progress{.jobs = 1, .presentations = 300, .done = 0.6, .found_done = 0.2};
  progress.current.set_generation(7);
  progress.current.mutable_best()->set_score(61.23);
  progress.current.mutable_best()->set_standard_error(1.2);
  const std::string line = ProgressLine(progress, absl::Seconds(4));
  EXPECT_THAT(line, HasSubstr("[##############----------]  60 %"));
  EXPECT_THAT(line, HasSubstr("gen 7  best 61.2 +- 1.2  75 trials/s"));
  // 0.4 of the budget took 4 s; 0.4 are left.
  EXPECT_THAT(line, HasSubstr("0:04 left"));
}

TEST(ProgressLineTest, SeveralExperimentsAreCounted) {
  const std::string line = ProgressLine({.jobs = 128, .ended = 12, .done = 0.1}, absl::Seconds(1));
  EXPECT_THAT(line, HasSubstr("12/128 experiments"));
  EXPECT_THAT(line, Not(HasSubstr("gen")));
}

TEST(ProgressLineTest, NothingIsForetoldBeforeThePaceIsKnown) {
  EXPECT_THAT(ProgressLine({.jobs = 1, .done = 0.5, .found_done = 0.5}, absl::Seconds(1)),
              Not(HasSubstr("left")));
  EXPECT_THAT(ProgressLine({.jobs = 1, .done = 1}, absl::Seconds(1)), Not(HasSubstr("left")));
  EXPECT_THAT(ProgressLine({.jobs = 1}, absl::ZeroDuration()), Not(HasSubstr("trials/s")));
}

class ResultTest : public testing::Test {
 protected:
  ResultTest() {
    jobs_.resize(2);
    jobs_[0].id = "e-conv3-37";
    jobs_[0].spec.mutable_objective()->add_units()->set_unit("conv3/37");
    jobs_[1].id = "e-class-3";
    jobs_[1].spec.mutable_objective()->add_units()->set_unit("class/3");
    results_.resize(2);
    results_[0].status = absl::OkStatus();
    v1::Progress& progress = *results_[0].experiment.mutable_progress();
    progress.set_trials_done(540);
    progress.mutable_best()->set_stimulus("experiments/e-conv3-37/stimuli/417");
    progress.mutable_best()->set_score(812.25);
    progress.mutable_best()->set_standard_error(6.5);
  }
  std::vector<OfflineJob> jobs_;
  std::vector<OfflineResult> results_;
};

TEST_F(ResultTest, TheTableHasUnitBestResponsePresentationsAndEnd) {
  const std::string table = ResultTable(jobs_, results_);
  EXPECT_THAT(table,
              testing::ContainsRegex("e-conv3-37 +conv3/37 +417 +812 \\+- 6 +540 +succeeded"));
  EXPECT_THAT(table, testing::ContainsRegex("e-class-3 +class/3 +- +- +0 +not begun"));
}

TEST_F(ResultTest, TheCsvHasTheNumbersInFull) {
  EXPECT_EQ(ResultCsv(jobs_, results_),
            "experiment,units,best_stimulus,response,standard_error,presentations,end\r\n"
            "e-conv3-37,conv3/37,experiments/e-conv3-37/stimuli/417,812.25,6.5,540,succeeded\r\n"
            "e-class-3,class/3,,,,0,not begun\r\n");
}

}  // namespace
}  // namespace evoke
