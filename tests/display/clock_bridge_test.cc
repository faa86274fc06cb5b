#include "stimulus_display/screen/clock_bridge.h"

#include <cstdint>

#include "gtest/gtest.h"

namespace evoke {
namespace {

TEST(ClockBridgeTest, MonotonicStampsPassUnchanged) {
  ClockBridge bridge(CLOCK_MONOTONIC);
  EXPECT_EQ(bridge.ToMonotonic(123'456'789), 123'456'789);
  EXPECT_EQ(bridge.uncertainty_nanos(), 0);
}

// CLOCK_REALTIME is decades away from CLOCK_MONOTONIC; CLOCK_MONOTONIC_RAW is close by.
TEST(ClockBridgeTest, StampsOfOtherClocksLandBetweenTheReadingsAroundThem) {
  for (const clockid_t clock : {CLOCK_MONOTONIC_RAW, CLOCK_REALTIME}) {
    ClockBridge bridge(clock);
    for (int i = 0; i < 100; ++i) {
      const int64_t before = MonotonicNanos();
      const int64_t stamp = ClockNanos(clock);
      const int64_t after = MonotonicNanos();
      const int64_t carried = bridge.ToMonotonic(stamp);
      // A microsecond for what the two clocks part while the machine is away on other business.
      EXPECT_GE(carried, before - bridge.uncertainty_nanos() - 1'000);
      EXPECT_LE(carried, after + bridge.uncertainty_nanos() + 1'000);
    }
    EXPECT_GT(bridge.uncertainty_nanos(), 0);
  }
}

}  // namespace
}  // namespace evoke
