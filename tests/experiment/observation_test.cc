#include "server/experiment/observation.h"

#include "gtest/gtest.h"
#include "server/experiment/spec.h"
#include "tests/support/specs.h"

namespace evoke {
namespace {

class NoiseModelTest : public testing::Test {
 protected:
  NoiseModelTest() : objective_(WithDefaults(SmallSpec()).objective()), noise_(objective_) {}

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

  v1::ObjectiveSpec objective_;
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

TEST_F(NoiseModelTest, InfeasibleTrialsArePassedOver) {
  const Observation o = Observe({-1, 7, -1});
  EXPECT_EQ(o.trials, 1);
  EXPECT_DOUBLE_EQ(o.score, 7);
  EXPECT_EQ(Observe({-1, -1}).trials, 0);
}

}  // namespace
}  // namespace evoke
