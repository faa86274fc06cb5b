#include "server/experiment/stop_rules.h"

#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/specs.h"

namespace evoke {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

v1::Estimate Recommending(double latent, double score, double standard_error = 0) {
  v1::Estimate best;
  best.mutable_latent()->add_values(latent);
  best.set_score(score);
  best.set_standard_error(standard_error);
  return best;
}

v1::OptimizerSpec::StopRules Plateau(int trials) {
  v1::OptimizerSpec::StopRules spec;
  spec.set_plateau_trials(trials);
  return spec;
}

v1::OptimizerSpec::StopRules Target(double score) {
  v1::OptimizerSpec::StopRules spec;
  spec.set_target_score(score);
  return spec;
}

TEST(StopRulesTest, WithoutRulesNothingStops) {
  StopRules rules{v1::OptimizerSpec::StopRules()};
  rules.OnCompleted(Recommending(1, 1e9), 1'000'000);
  EXPECT_THAT(rules.reason(), IsEmpty());
}

TEST(StopRulesTest, APlateauEndsAfterItsTrialsWithoutABetterStimulus) {
  StopRules rules(Plateau(20));
  rules.OnCompleted(Recommending(1, 5), 10);
  rules.OnCompleted(Recommending(1, 5), 20);
  EXPECT_THAT(rules.reason(), IsEmpty());
  rules.OnCompleted(Recommending(2, 6), 29);  // better, just in time
  rules.OnCompleted(Recommending(2, 6), 48);
  EXPECT_THAT(rules.reason(), IsEmpty());
  rules.OnCompleted(Recommending(2, 6), 49);
  EXPECT_THAT(rules.reason(), HasSubstr("20 candidate trials in a row"));
  EXPECT_THAT(rules.reason(), HasSubstr("optimizer.stop.plateau_trials"));
}

TEST(StopRulesTest, NeitherTurnsAtTheTopNorARisingEstimateAreBetter) {
  StopRules turns(Plateau(30));
  for (int i = 1; i <= 4; ++i) turns.OnCompleted(Recommending(i % 2, 5 + i % 2), 10 * i);
  EXPECT_THAT(turns.reason(), HasSubstr("30 candidate trials"));  // since the first
  StopRules rising(Plateau(30));
  for (int i = 1; i <= 4; ++i) rising.OnCompleted(Recommending(1, i), 10 * i);
  EXPECT_THAT(rising.reason(), HasSubstr("30 candidate trials"));
}

TEST(StopRulesTest, AnotherStimulusCountsAfterALuckyOneLostItsEstimate) {
  StopRules rules(Plateau(30));
  rules.OnCompleted(Recommending(1, 9), 10);
  rules.OnCompleted(Recommending(1, 5), 20);  // shown again: it was luck
  rules.OnCompleted(Recommending(2, 6), 30);
  rules.OnCompleted(Recommending(2, 6), 59);
  EXPECT_THAT(rules.reason(), IsEmpty());
  rules.OnCompleted(Recommending(2, 6), 60);
  EXPECT_FALSE(rules.reason().empty());
}

TEST(StopRulesTest, WithoutAnyAnswerAPlateauEndsTheSearchToo) {
  StopRules rules(Plateau(10));
  rules.OnCompleted(v1::Estimate(), 9);
  EXPECT_THAT(rules.reason(), IsEmpty());
  rules.OnCompleted(v1::Estimate(), 10);
  EXPECT_FALSE(rules.reason().empty());
}

TEST(StopRulesTest, ATargetIsReachedLessOneStandardError) {
  StopRules rules(Target(10));
  rules.OnCompleted(Recommending(1, 12, 2.5), 10);
  EXPECT_THAT(rules.reason(), IsEmpty());
  rules.OnCompleted(Recommending(1, 12, 2), 20);
  EXPECT_THAT(rules.reason(), HasSubstr("12"));
  EXPECT_THAT(rules.reason(), HasSubstr("optimizer.stop.target_score"));
}

TEST(StopRulesTest, ATargetOfZeroIsATarget) {
  StopRules rules(Target(0));
  rules.OnCompleted(Recommending(1, -1), 10);
  EXPECT_THAT(rules.reason(), IsEmpty());
  rules.OnCompleted(Recommending(1, 0), 20);
  EXPECT_FALSE(rules.reason().empty());
}

TEST(StopRulesTest, WhatWasMetStaysMet) {
  StopRules rules(Target(10));
  rules.OnCompleted(Recommending(1, 12), 10);
  const std::string reason = rules.reason();
  rules.OnCompleted(Recommending(1, 3), 20);
  EXPECT_EQ(rules.reason(), reason);
}

}  // namespace
}  // namespace evoke
