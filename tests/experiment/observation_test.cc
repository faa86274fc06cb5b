#include "server/experiment/observation.h"

#include "gtest/gtest.h"
#include "server/experiment/spec.h"
#include "tests/support/specs.h"

namespace evoke {
namespace {

class NoiseModelTest : public testing::Test {
 protected:
  NoiseModelTest() : objective_(WithDefaults(SmallSpec()).objective()), noise_(&objective_, 0) {}

  static v1::Trial Succeeded(int count) {
    v1::Trial trial;
    trial.set_state(v1::Trial::STATE_SUCCEEDED);
    *trial.mutable_response() = CountsOf("a/0", count);
    trial.set_score(count);
    return trial;
  }
  static v1::Experiment TwoSites() {
    v1::Experiment spec = SmallSpec();
    spec.mutable_objective()->clear_units();
    for (const char* unit : {"a/0", "b/0"}) {
      v1::ObjectiveSpec::Site& site = *spec.mutable_objective()->add_sites();
      site.set_name(std::string(unit, 1));
      site.add_units()->set_unit(unit);
    }
    return spec;
  }

  Observation Observe(const std::vector<int>& counts) {
    std::vector<v1::Trial> trials;
    for (int count : counts) {
      v1::Trial trial;
      trial.set_state(count < 0 ? v1::Trial::STATE_INFEASIBLE : v1::Trial::STATE_SUCCEEDED);
      if (count >= 0) {
        *trial.mutable_response() = CountsOf("a/0", count);
        trial.set_score(count);
      }
      trials.push_back(trial);
    }
    std::vector<const v1::Trial*> pointers;
    for (const v1::Trial& trial : trials) pointers.push_back(&trial);
    return noise_.Observe(pointers);
  }

  const Objective objective_;
  NoiseModel noise_;
};

TEST_F(NoiseModelTest, ASingleCountHasPoissonVariance) {
  const Observation o = Observe({9});
  EXPECT_EQ(o.trials, 1);
  EXPECT_DOUBLE_EQ(o.score, 9);
  EXPECT_DOUBLE_EQ(o.variance, 9.5);
}

TEST_F(NoiseModelTest, ZeroSpikesAreNotKnownExactly) { EXPECT_GT(Observe({0}).variance, 0); }

TEST_F(NoiseModelTest, RepeatsThatAgreeShowThatThereIsNoNoise) {
  EXPECT_DOUBLE_EQ(Observe({9, 9, 9}).variance, 0);
  EXPECT_DOUBLE_EQ(Observe({4}).variance, 0);  // later observations know it
}

TEST_F(NoiseModelTest, RepeatsMeasureTheFanoFactor) {
  // Residuals of +-6 around 18, where Poisson counts would have +-4.3.
  for (int i = 0; i < 20; ++i) Observe({12, 24});
  EXPECT_NEAR(noise_.fano_factor(), 72.0 / 18.5, 1e-9);
  EXPECT_NEAR(Observe({18}).variance, 18.5 * 72.0 / 18.5, 1e-9);
}

TEST_F(NoiseModelTest, AnEstimateLearnsNothing) {
  const v1::Trial low = Succeeded(12), high = Succeeded(24);
  const Observation estimate = noise_.Estimate({&low, &high});
  EXPECT_DOUBLE_EQ(estimate.score, 18);
  EXPECT_DOUBLE_EQ(estimate.variance, 18.5 / 2);
  EXPECT_DOUBLE_EQ(noise_.fano_factor(), 1);
}

TEST_F(NoiseModelTest, OfSitesEachHasItsOwnScores) {
  v1::Trial trial = Succeeded(9);
  trial.add_site_scores(9);
  trial.add_site_scores(4);
  const Objective sites(WithDefaults(TwoSites()).objective());
  *trial.mutable_response() = ParseText<v1::Response>(R"pb(units: [ "a/0", "b/0" ]
                                                           spike_counts: [ 9, 4 ])pb");
  NoiseModel first(&sites, 0), second(&sites, 1);
  EXPECT_DOUBLE_EQ(first.Observe({&trial}).score, 9);
  EXPECT_DOUBLE_EQ(second.Observe({&trial}).score, 4);
  EXPECT_DOUBLE_EQ(second.Observe({&trial}).variance, 4.5);
}

TEST_F(NoiseModelTest, InfeasibleTrialsArePassedOver) {
  const Observation o = Observe({-1, 7, -1});
  EXPECT_EQ(o.trials, 1);
  EXPECT_DOUBLE_EQ(o.score, 7);
  EXPECT_EQ(Observe({-1, -1}).trials, 0);
}

}  // namespace
}  // namespace evoke
