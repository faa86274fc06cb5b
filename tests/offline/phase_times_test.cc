#include "sim_backend/offline/phase_times.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

TEST(PhaseTimesTest, ATimerAddsItsLife) {
  ManualClock clock;
  PhaseTimes times;
  {
    const PhaseTimer timer(&times, Phase::kDecode, &clock);
    clock.Advance(absl::Milliseconds(5));
  }
  {
    const PhaseTimer timer(&times, Phase::kDecode, &clock);
    clock.Advance(absl::Milliseconds(2));
  }
  EXPECT_EQ(times.nanos(Phase::kDecode), 7'000'000);
  EXPECT_EQ(times.total_nanos(), 7'000'000);
}

TEST(PhaseTimesTest, TheTableBeginsWithTheLongestAndSharesSumUp) {
  PhaseTimes times, other;
  times.Add(Phase::kLedger, 200'000'000);
  other.Add(Phase::kNetwork, 700'000'000);
  other.Add(Phase::kOptimizer, 100'000'000);
  times.Add(other);
  const std::string table = times.Table(100);
  EXPECT_THAT(table, testing::ContainsRegex("network +0\\.700 +70\\.0 +7\\.000\n"
                                            "ledger +0\\.200 +20\\.0 +2\\.000\n"
                                            "optimizer +0\\.100 +10\\.0 +1\\.000\n"));
}

TEST(PhaseTimesTest, WithoutTrialsThereIsNoTimeOfOne) {
  EXPECT_THAT(PhaseTimes().Table(0), testing::ContainsRegex("network +0\\.000 +0\\.0 +-"));
}

}  // namespace
}  // namespace evoke
