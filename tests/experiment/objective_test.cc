#include "server/experiment/objective.h"

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

TEST(ScoreTest, IsTheWeightedSumByUnitName) {
  EXPECT_DOUBLE_EQ(*Score(TwoUnits(), TwoCounts()), 10 - 0.5 * 4);
}

TEST(ScoreTest, BaselineIsSubtractedInProportionToTheWindows) {
  v1::ObjectiveSpec objective = TwoUnits();
  objective.set_subtract_baseline(true);
  // The latency window is twice as long as the baseline window.
  EXPECT_DOUBLE_EQ(*Score(objective, TwoCounts()), (10 - 2 * 3) - 0.5 * (4 - 2 * 2));
}

TEST(ScoreTest, FiringRateIsPerSecondOfTheLatencyWindow) {
  v1::ObjectiveSpec objective = TwoUnits();
  objective.set_measure(v1::ObjectiveSpec::MEASURE_FIRING_RATE);
  EXPECT_DOUBLE_EQ(*Score(objective, TwoCounts()), 8 / 0.2);
}

TEST(ScoreTest, RatesStandInForCounts) {
  v1::Response response =
      ParseText<v1::Response>(R"pb(units: "a" units: "b" rates: 50 rates: 20)pb");
  EXPECT_DOUBLE_EQ(*Score(TwoUnits(), response), 50 * 0.2 - 0.5 * 20 * 0.2);
}

struct BadResponse {
  const char* text;
  const char* complaint;
};
class ScoreRefusesTest : public testing::TestWithParam<BadResponse> {};

TEST_P(ScoreRefusesTest, NamesTheField) {
  const auto score = Score(TwoUnits(), ParseText<v1::Response>(GetParam().text));
  EXPECT_EQ(score.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(score.status().message()), testing::HasSubstr(GetParam().complaint));
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
