#include "stimulus_display/screen/latch_sweep.h"

#include <algorithm>
#include <cstdint>

#include "gtest/gtest.h"

namespace evoke {
namespace {

constexpr int64_t kPeriod = 16'666'667;
constexpr int64_t kStep = kPeriod / 24;

// Runs a sweep on a monitor with this latch, by a program that is ready this long before a refresh
// at best. `unlucky`: one frame that misses although it was in time.
LatchSweep Sweep(int64_t latch, int64_t earliest, int unlucky = -1) {
  LatchSweep sweep(kPeriod);
  for (int frame = 0; !sweep.done() && frame < 1000; ++frame) {
    const int64_t lead = std::min(sweep.lead_nanos(), earliest);
    sweep.Record(lead, lead >= latch && frame != unlucky);
  }
  EXPECT_TRUE(sweep.done());
  return sweep;
}

TEST(LatchSweepTest, FindsTheLatchToAStepAndCommitsInTheMiddle) {
  for (const int64_t latch : {700'000, 2'000'000, 5'000'000, 11'000'000}) {
    const LatchSweep sweep = Sweep(latch, 14'000'000);
    ASSERT_TRUE(sweep.found());
    EXPECT_GE(sweep.latch_lead_nanos(), latch);
    EXPECT_LE(sweep.latch_lead_nanos(), latch + kStep);
    EXPECT_EQ(sweep.commit_lead_nanos(), (14'000'000 + sweep.latch_lead_nanos()) / 2);
  }
}

TEST(LatchSweepTest, OneMissByChanceDoesNotEndTheSweep) {
  const LatchSweep sweep = Sweep(2'000'000, 14'000'000, /*unlucky=*/4);
  ASSERT_TRUE(sweep.found());
  EXPECT_LE(sweep.latch_lead_nanos(), 2'000'000 + kStep);
}

TEST(LatchSweepTest, ProgramTooSlowForTheMonitorFindsNothing) {
  EXPECT_FALSE(Sweep(12'000'000, 10'000'000).found());
}

TEST(LatchSweepTest, MonitorThatLatchesAtTheRefreshGivesTheShortestLead) {
  const LatchSweep sweep = Sweep(0, 14'000'000);
  ASSERT_TRUE(sweep.found());
  EXPECT_EQ(sweep.latch_lead_nanos(), kStep);
}

}  // namespace
}  // namespace evoke
