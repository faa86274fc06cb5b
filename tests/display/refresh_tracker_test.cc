#include "stimulus_display/screen/refresh_tracker.h"

#include <cstdint>

#include "gtest/gtest.h"

namespace evoke {
namespace {

constexpr int64_t kPeriod = 10'000'000;
constexpr int64_t kLatch = 2'000'000;
constexpr int64_t kStart = 5'000'000'000;

// A monitor that stamps exactly; `counts` says whether it numbers its refreshes.
class RefreshTrackerTest : public ::testing::TestWithParam<bool> {
 protected:
  RefreshTrackerTest() { tracker_.SetLatchLead(kLatch); }

  static int64_t TimeOf(int64_t refresh) { return kStart + refresh * kPeriod; }

  Stamp StampOf(int64_t refresh) const {
    return {.confirmed = true,
            .monotonic_nanos = TimeOf(refresh),
            .sequence = GetParam() ? static_cast<uint64_t>(refresh + 1000) : 0};
  }
  static FrameTimes InTimeFor(int64_t refresh) {
    return {TimeOf(refresh) - 8'000'000, TimeOf(refresh) - 6'000'000, TimeOf(refresh) - 5'000'000,
            TimeOf(refresh) - 4'000'000};
  }
  // A frame in good time for `aimed` that came on at `shown`.
  Flip Show(int64_t aimed, int64_t shown) {
    const FrameTimes times = InTimeFor(aimed);
    return tracker_.Account(tracker_.Next(times.begin_nanos), times, StampOf(shown));
  }
  void ShowUpTo(int64_t last) {
    for (int64_t refresh = 0; refresh <= last; ++refresh) Show(refresh, refresh);
  }

  RefreshTracker tracker_{StampSource::kPresentationFeedback, kPeriod};
};

TEST_P(RefreshTrackerTest, FramesInTimeAreNumberedOneByOneAndPredicted) {
  ShowUpTo(9);
  for (int64_t refresh = 10; refresh < 50; ++refresh) {
    const Flip flip = Show(refresh, refresh);
    EXPECT_EQ(flip.frame_index, refresh);
    EXPECT_EQ(flip.target_index, refresh);
    EXPECT_EQ(flip.predicted_nanos, TimeOf(refresh));
    EXPECT_EQ(flip.monotonic_nanos, TimeOf(refresh));
    EXPECT_EQ(flip.dropped, 0);
    EXPECT_EQ(flip.reason, MissReason::kNone);
    EXPECT_TRUE(flip.confirmed);
  }
}

TEST_P(RefreshTrackerTest, FrameThatTheMonitorShowsLateIsAMissOfTheMonitor) {
  ShowUpTo(9);
  const Flip flip = Show(10, 12);
  EXPECT_EQ(flip.target_index, 10);
  EXPECT_EQ(flip.frame_index, 12);
  EXPECT_EQ(flip.dropped, 2);
  EXPECT_EQ(flip.reason, MissReason::kMonitor);
  EXPECT_EQ(Show(13, 13).dropped, 0);
}

TEST_P(RefreshTrackerTest, ReasonNamesTheStepThatTookPastTheLatch) {
  ShowUpTo(9);
  const int64_t latch = TimeOf(10) - kLatch;
  struct Case {
    FrameTimes times;
    MissReason reason;
  };
  const Case cases[] = {
      {{latch + 1, latch + 2, latch + 3, latch + 4}, MissReason::kBusy},
      {{latch - 9, latch + 2, latch + 3, latch + 4}, MissReason::kDrawing},
      {{latch - 9, latch - 8, latch + 3, latch + 4}, MissReason::kBusy},
      {{latch - 9, latch - 8, latch - 7, latch + 4}, MissReason::kCommit},
      {{latch - 9, latch - 8, latch - 7, latch - 6}, MissReason::kMonitor},
  };
  for (const Case& c : cases) {
    RefreshTracker tracker = tracker_;
    const Flip flip = tracker.Account(tracker.Next(c.times.begin_nanos), c.times, StampOf(11));
    EXPECT_EQ(flip.dropped, 1);
    EXPECT_EQ(flip.reason, c.reason) << MissReasonName(flip.reason);
  }
}

TEST_P(RefreshTrackerTest, NextIsTheFirstRefreshWhoseLatchIsToCome) {
  ShowUpTo(9);
  EXPECT_EQ(tracker_.Next(TimeOf(9) + 1).index, 10);
  EXPECT_EQ(tracker_.Next(TimeOf(10) - kLatch).index, 10);
  EXPECT_EQ(tracker_.Next(TimeOf(10) - kLatch + 1).index, 11);
  EXPECT_EQ(tracker_.Next(TimeOf(20)).nanos, TimeOf(21));
  // A refresh has one frame.
  EXPECT_EQ(tracker_.Next(TimeOf(3)).index, 10);
}

TEST_P(RefreshTrackerTest, UnconfirmedFrameIsFlaggedAndTheCountGoesOn) {
  ShowUpTo(9);
  const FrameTimes times = InTimeFor(10);
  const Flip flip =
      tracker_.Account(tracker_.Next(times.begin_nanos), times, {.monotonic_nanos = TimeOf(35)});
  EXPECT_FALSE(flip.confirmed);
  EXPECT_EQ(flip.reason, MissReason::kUnconfirmed);
  EXPECT_EQ(flip.frame_index, 35);
  const Flip after = Show(36, 37);
  EXPECT_EQ(after.frame_index, 37);
  EXPECT_EQ(after.dropped, 1);
}

TEST_P(RefreshTrackerTest, TimeBeforeTheFirstShowIsNotMissed) {
  ShowUpTo(9);
  tracker_.SkipTo(TimeOf(100) - 1);
  EXPECT_EQ(Show(100, 100).dropped, 0);
}

INSTANTIATE_TEST_SUITE_P(Monitors, RefreshTrackerTest, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "Counted" : "Stamped"; });

TEST(RefreshTrackerSequenceTest, CountGoesBeforeAWildStamp) {
  RefreshTracker tracker(StampSource::kPresentationFeedback, kPeriod);
  const auto show = [&](uint64_t sequence, int64_t stamp) {
    const FrameTimes times = {stamp - 8'000'000, stamp - 7'000'000, stamp - 6'000'000, stamp};
    return tracker.Account(tracker.Next(times.begin_nanos), times,
                           {.confirmed = true, .monotonic_nanos = stamp, .sequence = sequence});
  };
  for (int i = 1; i <= 50; ++i) show(static_cast<uint64_t>(i), kStart + i * kPeriod);
  EXPECT_EQ(show(51, kStart + 51 * kPeriod + 7'000'000).dropped, 0);
  EXPECT_EQ(show(52, kStart + 52 * kPeriod).dropped, 0);
  EXPECT_EQ(show(54, kStart + 54 * kPeriod - 7'000'000).dropped, 1);
}

}  // namespace
}  // namespace evoke
