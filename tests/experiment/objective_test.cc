#include "server/experiment/objective.h"

#include <cmath>

#include "common/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/specs.h"

namespace evoke {
namespace {

v1::ObjectiveSpec TwoUnits() {
  return ParseText<v1::ObjectiveSpec>(R"pb(
    units { unit: "a" weight: 1 }
    units { unit: "b" weight: -0.5 }
    latency_window {
      start { nanos: 50000000 }
      end { nanos: 250000000 }
    }
    baseline_window { start { nanos: -100000000 } }
    measure: MEASURE_SPIKE_COUNT
  )pb");
}

v1::Response TwoCounts() {
  return ParseText<v1::Response>(R"pb(
    units: "b"
    units: "a"
    spike_counts: 4
    spike_counts: 10
    baseline_counts: 2
    baseline_counts: 3
  )pb");
}

double ScoreOf(const v1::ObjectiveSpec& spec, const v1::Response& response) {
  EXPECT_TRUE(CheckResponse(spec, response).ok()) << CheckResponse(spec, response);
  return Objective(spec).Score(0, response);
}

TEST(ScoreTest, IsTheWeightedSumByUnitName) {
  EXPECT_DOUBLE_EQ(ScoreOf(TwoUnits(), TwoCounts()), 10 - 0.5 * 4);
}

TEST(ScoreTest, BaselineIsSubtractedInProportionToTheWindows) {
  v1::ObjectiveSpec objective = TwoUnits();
  objective.set_subtract_baseline(true);
  // The latency window is twice as long as the baseline window.
  EXPECT_DOUBLE_EQ(ScoreOf(objective, TwoCounts()), (10 - 2 * 3) - 0.5 * (4 - 2 * 2));
}

TEST(ScoreTest, FiringRateIsPerSecondOfTheLatencyWindow) {
  v1::ObjectiveSpec objective = TwoUnits();
  objective.set_measure(v1::ObjectiveSpec::MEASURE_FIRING_RATE);
  EXPECT_DOUBLE_EQ(ScoreOf(objective, TwoCounts()), 8 / 0.2);
}

TEST(ScoreTest, RatesStandInForCounts) {
  v1::Response response =
      ParseText<v1::Response>(R"pb(units: "a" units: "b" rates: 50 rates: 20)pb");
  EXPECT_DOUBLE_EQ(ScoreOf(TwoUnits(), response), 50 * 0.2 - 0.5 * 20 * 0.2);
}

TEST(ScoreTest, ANormIsTheRootOfTheWeightedSumOfSquares) {
  v1::ObjectiveSpec objective = TwoUnits();
  objective.set_combination(v1::ObjectiveSpec::COMBINATION_NORM);
  objective.mutable_units(1)->set_weight(2);
  EXPECT_DOUBLE_EQ(ScoreOf(objective, TwoCounts()), std::sqrt(10 * 10 + 2 * 4 * 4));
  objective.set_subtract_baseline(true);
  EXPECT_DOUBLE_EQ(ScoreOf(objective, TwoCounts()), std::sqrt(4 * 4 + 2 * 0 * 0));
  objective.set_measure(v1::ObjectiveSpec::MEASURE_FIRING_RATE);
  EXPECT_DOUBLE_EQ(ScoreOf(objective, TwoCounts()), 4 / 0.2);
}

// Draws what the objective calls Poisson, and compares the variance of the scores.
void ExpectVarianceAsDrawn(const v1::ObjectiveSpec& spec, double mean_a, double mean_b,
                           double tolerance) {
  const Objective objective(spec);
  Rng rng(3);
  double sum = 0, squares = 0, claimed = 0;
  constexpr int kDraws = 20000;
  for (int i = 0; i < kDraws; ++i) {
    v1::Response response = TwoCounts();
    response.set_spike_counts(0, static_cast<uint32_t>(rng.Poisson(mean_b)));
    response.set_spike_counts(1, static_cast<uint32_t>(rng.Poisson(mean_a)));
    response.set_baseline_counts(0, static_cast<uint32_t>(rng.Poisson(2)));
    response.set_baseline_counts(1, static_cast<uint32_t>(rng.Poisson(3)));
    const double score = objective.Score(0, response);
    sum += score;
    squares += score * score;
    claimed += objective.PoissonVariance(0, response) / kDraws;
  }
  const double drawn = (squares - sum * sum / kDraws) / (kDraws - 1);
  EXPECT_NEAR(claimed / drawn, 1, tolerance);
}

TEST(PoissonVarianceTest, FollowsTheObjective) {
  v1::ObjectiveSpec objective = TwoUnits();
  ExpectVarianceAsDrawn(objective, 20, 30, 0.05);
  objective.set_subtract_baseline(true);
  // Each baseline count stands for two spikes, and half a spike is added to it.
  ExpectVarianceAsDrawn(objective, 20, 30, 0.15);
  objective.set_subtract_baseline(false);
  objective.set_combination(v1::ObjectiveSpec::COMBINATION_NORM);
  objective.mutable_units(1)->set_weight(2);
  ExpectVarianceAsDrawn(objective, 20, 30, 0.05);
  objective.set_measure(v1::ObjectiveSpec::MEASURE_FIRING_RATE);
  ExpectVarianceAsDrawn(objective, 20, 30, 0.05);
}

TEST(PoissonVarianceTest, OfANormWithoutAnySpikesIsFinite) {
  v1::ObjectiveSpec objective = TwoUnits();
  objective.set_combination(v1::ObjectiveSpec::COMBINATION_NORM);
  objective.mutable_units(1)->set_weight(1);
  v1::Response silent = TwoCounts();
  silent.set_spike_counts(0, 0);
  silent.set_spike_counts(1, 0);
  EXPECT_DOUBLE_EQ(ScoreOf(objective, silent), 0);
  EXPECT_DOUBLE_EQ(Objective(objective).PoissonVariance(0, silent), 0.5);
}

TEST(PoissonVarianceTest, OfRatesIsZero) {
  const auto rates = ParseText<v1::Response>(R"pb(units: "a" units: "b" rates: 50 rates: 20)pb");
  EXPECT_EQ(Objective(TwoUnits()).PoissonVariance(0, rates), 0);
}

class ZScoreTest : public testing::Test {
 protected:
  ZScoreTest() {
    spec_ = TwoUnits();
    spec_.set_z_score(true);
    // Baselines of a: 1, 2, 3, 6; b is silent.
    for (const uint32_t count : {1, 2, 3, 6}) {
      v1::Trial& trial = trials_.emplace_back();
      trial.set_state(v1::Trial::STATE_SUCCEEDED);
      *trial.mutable_response() = TwoCounts();
      trial.mutable_response()->set_baseline_counts(0, 0);
      trial.mutable_response()->set_baseline_counts(1, count);
    }
    trials_.emplace_back().set_state(v1::Trial::STATE_INFEASIBLE);
  }
  std::vector<const v1::Trial*> Trials() const {
    std::vector<const v1::Trial*> trials;
    for (const v1::Trial& trial : trials_) trials.push_back(&trial);
    return trials;
  }

  v1::ObjectiveSpec spec_;
  std::vector<v1::Trial> trials_;
};

TEST_F(ZScoreTest, IsInDeviationsOfABaselineAsLongAsTheLatencyWindow) {
  Objective objective(spec_);
  EXPECT_FALSE(objective.ready());
  objective.MeasureBaselines(Trials());
  ASSERT_TRUE(objective.ready());
  // The latency window is twice as long: twice the mean of 3, twice the variance of 14 / 3.
  const double a = (10 - 2 * 3) / std::sqrt(2 * 14.0 / 3), b = 4 / Objective::kLeastDeviation;
  EXPECT_DOUBLE_EQ(objective.Score(0, TwoCounts()), a - 0.5 * b);
  EXPECT_DOUBLE_EQ(objective.PoissonVariance(0, TwoCounts()),
                   10.5 / (2 * 14.0 / 3) + 0.25 * 4.5 / 0.25);
  spec_.set_measure(v1::ObjectiveSpec::MEASURE_FIRING_RATE);
  Objective rate(spec_);
  rate.MeasureBaselines(Trials());
  EXPECT_EQ(rate.Score(0, TwoCounts()), objective.Score(0, TwoCounts()));
}

TEST_F(ZScoreTest, WithoutASuccessfulTrialThereIsNoScale) {
  Objective objective(spec_);
  objective.MeasureBaselines({&trials_.back()});
  EXPECT_FALSE(objective.ready());
}

TEST_F(ZScoreTest, AFewTrialsHaveAtLeastTheDeviationOfPoissonCounts) {
  Objective objective(spec_);
  objective.MeasureBaselines({&trials_.front()});
  EXPECT_DOUBLE_EQ(objective.Score(0, TwoCounts()),
                   (10 - 2) / std::sqrt(2 * 1.5) - 0.5 * 4 / std::sqrt(2 * 0.5));
}

TEST(CheckResponseTest, ARateWhoseSquareIsNoNumberIsRefused) {
  v1::ObjectiveSpec spec = TwoUnits();
  const auto huge = ParseText<v1::Response>(R"pb(units: "a" units: "b" rates: 1e101 rates: 2)pb");
  EXPECT_THAT(std::string(CheckResponse(spec, huge).message()),
              testing::HasSubstr("response.rates: not a number within +-1e100 for a"));
}

TEST_F(ZScoreTest, NeedsCounts) {
  spec_.clear_baseline_window();
  const absl::Status status = CheckResponse(
      spec_, ParseText<v1::Response>(R"pb(units: "a" units: "b" rates: 50 rates: 20)pb"));
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("objective.z_score"));
}

TEST(SitesTest, ATrialHasTheScoreOfEachAndThatOfItsOwn) {
  v1::ObjectiveSpec spec = TwoUnits();
  for (const auto& unit : spec.units()) {
    v1::ObjectiveSpec::Site& site = *spec.add_sites();
    site.set_name(unit.unit());
    *site.add_units() = unit;
  }
  const Objective objective(spec);
  v1::Trial trial;
  *trial.mutable_response() = TwoCounts();
  trial.set_site(1);
  objective.ScoreTrial(trial);
  EXPECT_THAT(trial.site_scores(), testing::ElementsAre(10, -2));
  EXPECT_EQ(trial.score(), -2);
  EXPECT_EQ(objective.SiteName(1), "b");
}

struct BadResponse {
  const char* text;
  const char* complaint;
};
class ScoreRefusesTest : public testing::TestWithParam<BadResponse> {};

TEST_P(ScoreRefusesTest, NamesTheField) {
  const absl::Status status = CheckResponse(TwoUnits(), ParseText<v1::Response>(GetParam().text));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr(GetParam().complaint));
}

INSTANTIATE_TEST_SUITE_P(All, ScoreRefusesTest,
                         testing::Values(BadResponse{R"pb(units: "a"
                                                          spike_counts: 1
                                                          baseline_counts: 1)pb",
                                                     "answers for 1 units"},
                                         BadResponse{R"pb(units: "a"
                                                          units: "c"
                                                          spike_counts: [ 1, 2 ]
                                                          baseline_counts: [ 1, 2 ])pb",
                                                     "no answer for b"},
                                         BadResponse{R"pb(units: "a"
                                                          units: "a"
                                                          spike_counts: [ 1, 2 ]
                                                          baseline_counts: [ 1, 2 ])pb",
                                                     "a twice"},
                                         BadResponse{R"pb(units: "a"
                                                          units: "b"
                                                          spike_counts: 1
                                                          baseline_counts: [ 1, 2 ])pb",
                                                     "1 values for 2 units"},
                                         BadResponse{R"pb(units: "a"
                                                          units: "b"
                                                          spike_counts: [ 1, 2 ])pb",
                                                     "baseline_counts"},
                                         BadResponse{R"pb(units: "a"
                                                          units: "b"
                                                          rates: [ 1, nan ])pb",
                                                     "not a number"},
                                         BadResponse{R"pb(units: "a"
                                                          units: "b"
                                                          rates: [ inf, 1 ])pb",
                                                     "not a number"},
                                         BadResponse{R"pb(units: "a"
                                                          units: "b"
                                                          rates: [ 1, 1 ]
                                                          spike_counts: [ 1, 1 ])pb",
                                                     "send one of them"}));

}  // namespace
}  // namespace evoke
