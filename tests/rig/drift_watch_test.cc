#include "clients/rig/drift_watch.h"

#include "absl/strings/str_cat.h"
#include "common/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

using ::testing::HasSubstr;

// Reference pictures of very different rates, shown in turn; their counts are Poisson.
class Session {
 public:
  explicit Session(uint64_t seed) : rng_(seed) {}
  // The warnings of so many presentations, at this multiple of the pictures' rates.
  std::vector<std::string> Show(int presentations, double factor) {
    std::vector<std::string> warnings;
    for (int i = 0; i < presentations; ++i) {
      const int picture = shown_++ % 10;
      AnsweredPresentation answer;
      v1::Trial& trial = *answer.notice.mutable_trial();
      trial.set_name(absl::StrCat("experiments/e/trials/", shown_));
      trial.set_stimulus(absl::StrCat("experiments/e/stimuli/ref-", picture));
      trial.set_kind(v1::Trial::KIND_REFERENCE);
      answer.response.add_spike_counts(
          static_cast<uint32_t>(rng_.Poisson(factor * (2 + 5 * picture))));
      std::string warning = watch_.Add(answer, absl::UnixEpoch());
      if (!warning.empty()) warnings.push_back(std::move(warning));
    }
    return warnings;
  }

 private:
  DriftWatch watch_;
  Rng rng_;
  int shown_ = 0;
};

TEST(DriftWatchTest, ASteadyNeuronIsNeverWarnedOf) {
  int warnings = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    warnings += static_cast<int>(Session(seed).Show(2000, 1).size());
  }
  EXPECT_EQ(warnings, 0);
}

TEST(DriftWatchTest, AFallIsFoundSoonAndSaidOnce) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    Session session(seed);
    EXPECT_TRUE(session.Show(100, 1).empty());
    const std::vector<std::string> warnings = session.Show(100, 0.5);
    ASSERT_EQ(warnings.size(), 1u) << seed;
    EXPECT_THAT(warnings[0], HasSubstr("fell by"));
    EXPECT_TRUE(session.Show(100, 0.5).empty());
  }
}

TEST(DriftWatchTest, ARiseAfterARecoveryIsSaidAgain) {
  Session session(3);
  session.Show(100, 1);
  EXPECT_EQ(session.Show(100, 0.5).size(), 1u);
  EXPECT_TRUE(session.Show(100, 1).empty());
  const std::vector<std::string> warnings = session.Show(100, 1.6);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_THAT(warnings[0], HasSubstr("rose by"));
}

TEST(DriftWatchTest, OnlyReferencesCount) {
  DriftWatch watch;
  AnsweredPresentation candidate;
  candidate.notice.mutable_trial()->set_name("experiments/e/trials/1");
  candidate.notice.mutable_trial()->set_kind(v1::Trial::KIND_CANDIDATE);
  for (uint32_t i = 0; i < 100; ++i) {
    candidate.response.clear_spike_counts();
    candidate.response.add_spike_counts(i < 50 ? 0 : 100);
    EXPECT_EQ(watch.Add(candidate, absl::UnixEpoch()), "");
  }
}

}  // namespace
}  // namespace evoke
