#include "clients/control/report_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clients/control/report_text.h"
#include "nlohmann/json.hpp"
#include "tests/control/event_script.h"
#include "tests/support/specs.h"

namespace evoke {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

v1::Experiment Spec(const std::string& id = "demo") {
  v1::Experiment spec = SmallSpec();
  spec.set_name("experiments/" + id);
  spec.mutable_optimizer()->mutable_tt_cross();
  spec.mutable_presentation()->set_confirmation_repeats(3);
  return spec;
}

// Two generations; the first one's best by luck is 2, the search ends with 3.
EventScript Searched(const std::string& id = "demo") {
  EventScript script(Spec(id));
  script.PlanSearch({{"1", {1}}, {"2", {2}}}, {"blank"});
  script.Run(1, {2});
  script.Run(2, {6});
  script.Run(3, {0});
  script.Complete("2", 6, "2", 4.5, 1.5);
  script.PlanSearch({{"3", {3}}, {"4", {4}}});
  script.Run(4, {9});
  script.Run(5, {1});
  script.Complete("3", 9, "3", 8, 1.0);
  return script;
}

EventScript Confirmed3(const std::string& id = "demo", uint32_t final_count = 9) {
  EventScript script = Searched(id);
  script.PlanConfirmation({"2", "3"}, 3);
  script.Run(6, {2});
  script.Run(8, {3});
  script.Run(10, {4});
  script.Run(7, {final_count});
  script.Run(9, {final_count + 1});
  script.Run(11, {final_count + 2});
  script.Complete("3", final_count + 1, "3", final_count + 1, 0.6);
  script.State(v1::Experiment::STATE_SUCCEEDED, "the search is complete");
  return script;
}

TEST(ReportDataTest, ConvergenceHasTheEstimateOfEachGeneration) {
  const ReportData data = DeriveReport(Confirmed3().Record());
  ASSERT_EQ(data.generations.size(), 2);  // the confirmation is no point of the search
  EXPECT_EQ(data.generations[0].presentations, 2);
  EXPECT_EQ(data.generations[0].recommendation->score(), 4.5);
  EXPECT_EQ(data.generations[0].best_score, 6);
  EXPECT_EQ(data.generations[1].presentations, 4);
  EXPECT_EQ(data.generations[1].recommendation->score(), 8);
  EXPECT_EQ(data.candidate_trials, 4);
}

TEST(ReportDataTest, ConfirmationIsMeasuredFromItsTrialsAlone) {
  const ReportData data = DeriveReport(Confirmed3().Record());
  EXPECT_EQ(data.first_stimulus, "experiments/demo/stimuli/2");
  EXPECT_EQ(data.final_stimulus, "experiments/demo/stimuli/3");
  ASSERT_TRUE(data.first_confirmed && data.final_confirmed);
  EXPECT_DOUBLE_EQ(data.first_confirmed->score.mean, 3);  // without the lucky 6
  EXPECT_EQ(data.first_confirmed->score.n, 3);
  EXPECT_NEAR(data.first_confirmed->score.standard_error, 1 / std::sqrt(3), 1e-12);
  EXPECT_DOUBLE_EQ(data.final_confirmed->score.mean, 10);
}

TEST(ReportDataTest, RunningExperimentHasWhatIsThere) {
  const ReportData none = DeriveReport(EventScript(Spec()).Record());
  EXPECT_TRUE(none.generations.empty());
  EXPECT_THAT(SummaryText(none, nullptr), HasSubstr("no generation is completed yet"));

  EventScript script = Searched();
  const ReportData searched = DeriveReport(script.Record());
  EXPECT_FALSE(searched.first_confirmed || searched.final_confirmed);
  EXPECT_THAT(SummaryText(searched, nullptr),
              AllOf(HasSubstr("after the first generation 4.5 +- 1.5 -> latest 8.0 +- 1.0"),
                    HasSubstr("not measured anew")));

  script.PlanConfirmation({"2", "3"}, 3);
  script.Run(6, {2});
  const ReportData half = DeriveReport(script.Record());
  ASSERT_TRUE(half.first_confirmed.has_value());
  EXPECT_EQ(half.first_confirmed->score.n, 1);
  EXPECT_FALSE(half.final_confirmed.has_value());
}

TEST(ReportDataTest, InfeasibleTrialsCountButDoNotScore) {
  EventScript script = Searched();
  script.PlanConfirmation({"2", "3"}, 3);
  script.Run(6, {2});
  v1::Trial lost = script.trial(8);
  lost.set_state(v1::Trial::STATE_INFEASIBLE);
  script.ChangeTrial(lost);
  const ReportData data = DeriveReport(script.Record());
  EXPECT_EQ(data.first_confirmed->score.n, 1);
  EXPECT_EQ(data.infeasible_trials, 1);
  EXPECT_THAT(SummaryText(data, nullptr), HasSubstr("1 trials given up"));
}

TEST(ReportDataTest, FinalStimulusThatWasNeverShownIsFoundInTheConfirmation) {
  EventScript script(Spec());
  script.PlanSearch({{"1", {1}}, {"2", {2}}});
  script.Run(1, {2});
  script.Run(2, {6});
  script.Complete("2", 6, "", 7, 2);
  script.PlanConfirmation({"2", "3"}, 3);
  EXPECT_EQ(DeriveReport(script.Record()).final_stimulus, "experiments/demo/stimuli/3");
}

TEST(ReportTextTest, SummarySaysWhetherTheSearchHelped) {
  const ReportData data = DeriveReport(Confirmed3().Record());
  EXPECT_THAT(
      SummaryText(data, nullptr),
      AllOf(HasSubstr("experiments/demo: succeeded: the search is complete"),
            HasSubstr("TT-cross, 4 of 24 candidate trials, 2 generations"),
            HasSubstr("first generation's best 3.0 +- 0.6 -> final 10.0 +- 0.6 (n = 3 each), "
                      "spikes per trial"),
            HasSubstr("difference 7.0 +- 0.8, Welch's t(4.0) = 8.57, p = 0.001"),
            HasSubstr("final: experiments/demo/stimuli/3"), Not(HasSubstr("careful"))));
}

TEST(ReportTextTest, ComparisonIsWithTheOthersFinalStimulus) {
  const ReportData data = DeriveReport(Confirmed3().Record());
  EventScript other = Confirmed3("random", 5);
  const ReportData against = DeriveReport(other.Record());
  EXPECT_THAT(SummaryText(data, &against),
              AllOf(HasSubstr("against experiments/random"),
                    HasSubstr("its final 6.0 +- 0.6 -> ours 10.0 +- 0.6 (n = 3 each)"),
                    HasSubstr("difference 4.0 +- 0.8")));
}

TEST(ReportTextTest, UnequalBudgetsAreSaid) {
  const ReportData data = DeriveReport(Confirmed3().Record());
  EventScript less(Spec("random"));
  less.PlanSearch({{"1", {1}}});
  less.Run(1, {2});
  less.Complete("1", 2, "1", 2, 1);
  const ReportData against = DeriveReport(less.Record());
  EXPECT_THAT(SummaryText(data, &against),
              HasSubstr("careful: the budgets used differ (4 and 1 candidate trials)"));
}

TEST(ReportTextTest, SameFinalStimulusIsNotComparedWithItself) {
  EventScript script(Spec());
  script.PlanSearch({{"1", {1}}});
  script.Run(1, {2});
  script.Complete("1", 2, "1", 2, 1);
  script.PlanConfirmation({"1"}, 3);
  for (int n : {2, 3, 4}) script.Run(n, {2});
  const std::string text = SummaryText(DeriveReport(script.Record()), nullptr);
  EXPECT_THAT(text, AllOf(HasSubstr("the final stimulus is the first generation's best"),
                          Not(HasSubstr("difference"))));
}

TEST(ReportTextTest, JsonHoldsTheSameNumbers) {
  const ReportData data = DeriveReport(Confirmed3().Record());
  const auto json = nlohmann::json::parse(SummaryJson(data, &data, {"a.png"}, {"b.png: why"}));
  EXPECT_EQ(json["final_confirmed"]["mean"], 10);
  EXPECT_EQ(json["final_minus_first"]["difference"], 7);
  EXPECT_EQ(json["against"]["experiment"], "experiments/demo");
  EXPECT_EQ(json["files"][0], "a.png");
  EXPECT_EQ(json["left_out"][0], "b.png: why");
  EXPECT_EQ(json["unit"], "spikes per trial");
}

TEST(ThinOutTest, KeepsFirstAndLastAndSpreadsEvenly) {
  EXPECT_THAT(ThinOut(9, 5), ElementsAre(0, 2, 4, 6, 8));
  EXPECT_THAT(ThinOut(3, 5), ElementsAre(0, 1, 2));
  EXPECT_THAT(ThinOut(1, 5), ElementsAre(0));
  EXPECT_THAT(ThinOut(0, 5), ElementsAre());
  for (size_t count : {40, 41, 97, 1000}) {
    const auto chosen = ThinOut(count, 40);
    ASSERT_EQ(chosen.size(), 40);
    EXPECT_EQ(chosen.front(), 0);
    EXPECT_EQ(chosen.back(), count - 1);
    size_t least = count, most = 0;
    for (size_t i = 1; i < chosen.size(); ++i) {
      ASSERT_GT(chosen[i], chosen[i - 1]);
      least = std::min(least, chosen[i] - chosen[i - 1]);
      most = std::max(most, chosen[i] - chosen[i - 1]);
    }
    EXPECT_LE(most - least, 1);
  }
}

}  // namespace
}  // namespace evoke
