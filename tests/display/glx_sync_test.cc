#include "stimulus_display/screen/glx_sync.h"

#include <cstdint>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stimulus_display/screen/clock_bridge.h"

namespace evoke {
namespace {

using ::testing::HasSubstr;

// A driver; the functions reach it through the display pointer that they are called with.
struct Driver {
  int64_t ust = MonotonicNanos() / 1000;
  int64_t msc = 700;
  int64_t swaps = 4;
  bool answers = true;
  bool loses_swaps = false;
};

int GetSyncValues(void* display, unsigned long drawable, int64_t* ust, int64_t* msc, int64_t* sbc) {
  const Driver& driver = *static_cast<Driver*>(display);
  if (!driver.answers || drawable != 17) return 0;
  *ust = driver.ust, *msc = driver.msc, *sbc = driver.swaps;
  return 1;
}

// Shows the frame two refreshes later.
int WaitForSbc(void* display, unsigned long, int64_t target, int64_t* ust, int64_t* msc,
               int64_t* sbc) {
  Driver& driver = *static_cast<Driver*>(display);
  driver.ust += 2 * 16'667;
  driver.msc += 2;
  if (!driver.loses_swaps) driver.swaps = target;
  *ust = driver.ust, *msc = driver.msc, *sbc = driver.swaps;
  return 1;
}

GlxSyncFunctions Functions(Driver& driver) { return {GetSyncValues, WaitForSbc, &driver, 17}; }

TEST(GlxSyncTest, StampIsTheDriversTimeAndCountOfTheSwap) {
  Driver driver;
  const auto sync = GlxSync::Create(Functions(driver));
  ASSERT_TRUE(sync.ok()) << sync.status();
  EXPECT_EQ((*sync)->source(), StampSource::kOmlSync);
  for (int64_t swap = 5; swap < 8; ++swap) {
    (*sync)->BeforeSwap();
    const Stamp stamp = (*sync)->AfterSwap(0);
    EXPECT_TRUE(stamp.confirmed);
    EXPECT_EQ(driver.swaps, swap);
    EXPECT_EQ(stamp.monotonic_nanos, driver.ust * 1000);
    EXPECT_EQ(stamp.sequence, static_cast<uint64_t>(driver.msc));
  }
}

TEST(GlxSyncTest, SwapThatTheDriverLostIsNotConfirmed) {
  Driver driver;
  driver.loses_swaps = true;
  const auto sync = GlxSync::Create(Functions(driver));
  ASSERT_TRUE(sync.ok()) << sync.status();
  (*sync)->BeforeSwap();
  EXPECT_FALSE((*sync)->AfterSwap(0).confirmed);
}

TEST(GlxSyncTest, DriverWithoutTheExtensionOrWithAnotherClockIsRefused) {
  EXPECT_THAT(std::string(GlxSync::Create({}).status().message()),
              HasSubstr("GLX_OML_sync_control"));
  Driver driver;
  driver.answers = false;
  EXPECT_EQ(GlxSync::Create(Functions(driver)).status().code(), absl::StatusCode::kUnavailable);
  Driver wall_clock;
  wall_clock.ust = ClockNanos(CLOCK_REALTIME) / 1000;
  EXPECT_THAT(std::string(GlxSync::Create(Functions(wall_clock)).status().message()),
              HasSubstr("another clock"));
}

}  // namespace
}  // namespace evoke
