#include "clients/recorder/open_ephys/open_ephys_timeline.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

constexpr double kRate = 30000;
constexpr int64_t kMs = 1'000'000;
constexpr int64_t kNothing = std::numeric_limits<int64_t>::min();
using Verdict = OpenEphysTimeline::Verdict;

class OpenEphysTimelineTest : public testing::Test {
 protected:
  OpenEphysTimelineTest() { timeline_.set_sample_rate_hz(kRate); }
  // An event at a sample, received when the rig's clock is there.
  void Event(int64_t sample) { EventAt(sample, NanosOf(sample)); }
  void EventAt(int64_t sample, int64_t nanos) {
    ASSERT_EQ(timeline_.Judge(sample, nanos), Verdict::kTake);
    timeline_.TakeEvent(sample, nanos, &data_);
    timeline_.Advance(nanos, 0);
  }
  static int64_t NanosOf(int64_t sample) { return 1'000'000 * kMs + sample * 100'000 / 3; }

  OpenEphysTimeline timeline_{absl::Milliseconds(50), 1};
  RigData data_;
};

TEST_F(OpenEphysTimelineTest, NothingIsCompleteWithinTheReorderSpan) {
  EXPECT_EQ(timeline_.complete_before(), kNothing);
  Event(60000);
  EXPECT_EQ(timeline_.complete_before(), 60000 - 1500);
}

TEST_F(OpenEphysTimelineTest, TheHoldGrowsWithTheLargestStepBack) {
  Event(60000);
  EventAt(60000 - 1400, NanosOf(60001));
  EXPECT_EQ(timeline_.hold(), 2100);
  EXPECT_THAT(data_.faults, testing::IsEmpty());
  Event(70000);
  EXPECT_EQ(timeline_.complete_before(), 70000 - 2100);
}

TEST_F(OpenEphysTimelineTest, TheHoldIsTwoBlocksAtLeast) {
  timeline_.TakeBlock(60000, 1024, NanosOf(61024), &data_);
  timeline_.Advance(NanosOf(61024), 0);
  EXPECT_EQ(timeline_.complete_before(), 61023 - 2048);
}

TEST_F(OpenEphysTimelineTest, ALateEventIsALossOfWhatWasComplete) {
  Event(60000);
  EventAt(58000, NanosOf(60001));
  ASSERT_EQ(data_.faults.size(), 1u);
  EXPECT_EQ(data_.faults[0].kind, RigFault::Kind::kLoss);
  EXPECT_EQ(data_.faults[0].first_sample, 58000);
  EXPECT_EQ(data_.faults[0].last_sample, 58499);
}

TEST_F(OpenEphysTimelineTest, OurClockGoesOnWhereTheRigIsSilentButIsKnownToRun) {
  Event(60000);
  // 199 ms: may still be a block on its way.
  timeline_.Advance(NanosOf(60000) + 199 * kMs, NanosOf(60000) + 199 * kMs);
  EXPECT_EQ(timeline_.complete_before(), 58500);
  timeline_.Advance(NanosOf(60000) + 1000 * kMs, NanosOf(60000) + 1000 * kMs);
  EXPECT_NEAR(timeline_.complete_before(), 60000 + 30000 - 1500 - 4500, 1);
  // Known to have run until then only.
  timeline_.Advance(NanosOf(60000) + 9000 * kMs, NanosOf(60000) + 2000 * kMs);
  EXPECT_NEAR(timeline_.complete_before(), 60000 + 60000 - 1500 - 4500, 1);
  timeline_.Advance(NanosOf(60000) + 9000 * kMs, 0);
  EXPECT_NEAR(timeline_.complete_before(), 60000 + 60000 - 1500 - 4500, 1);
}

TEST_F(OpenEphysTimelineTest, AJumpBackIsARestart) {
  Event(1'199'476);
  const int64_t nanos = NanosOf(1'199'476) + 10 * kMs;
  EXPECT_EQ(timeline_.Judge(1'199'476 - 29'000, nanos), Verdict::kTake);
  ASSERT_EQ(timeline_.Judge(593, nanos), Verdict::kRestart);
  timeline_.Restart(593, nanos, &data_);
  timeline_.TakeEvent(593, nanos, &data_);
  timeline_.Advance(nanos, 0);
  EXPECT_TRUE(data_.clock_restarted);
  EXPECT_EQ(timeline_.complete_before(), 593 - 1500);
  ASSERT_EQ(data_.faults.size(), 1u);
  EXPECT_EQ(data_.faults[0].kind, RigFault::Kind::kJump);
  // What the old clock's block still had to send is of no use.
  EXPECT_EQ(timeline_.Judge(1'199'300, nanos + 5 * kMs), Verdict::kStraggler);
  EXPECT_EQ(timeline_.Judge(700, nanos + 5 * kMs), Verdict::kTake);
}

TEST_F(OpenEphysTimelineTest, AnEventFarBehindOurOwnClockIsARestart) {
  Event(60000);
  const int64_t later = NanosOf(60000) + 60'000 * kMs;
  timeline_.Advance(later, later);
  EXPECT_EQ(timeline_.Judge(60100, later), Verdict::kRestart);
}

TEST_F(OpenEphysTimelineTest, OnlyAJumpForwardThatTimeDoesNotExplainIsAFault) {
  Event(60000);
  Event(60000 + 10 * 30000);  // ten seconds of silence
  EXPECT_THAT(data_.faults, testing::IsEmpty());
  EventAt(60000 + 10 * 30000 + 40000, NanosOf(60000 + 10 * 30000) + kMs);
  ASSERT_EQ(data_.faults.size(), 1u);
  EXPECT_EQ(data_.faults[0].kind, RigFault::Kind::kJump);
  EXPECT_EQ(data_.faults[0].last_sample, 400'000);
}

TEST_F(OpenEphysTimelineTest, MessagesThatWaitedForUsAreNoJump) {
  Event(60000);
  // Nobody read for 5 s: then all that waited arrives at once.
  const int64_t nanos = NanosOf(60000 + 150'000);
  for (int64_t sample = 61000; sample <= 210'000; sample += 1000) EventAt(sample, nanos);
  EXPECT_THAT(data_.faults, testing::IsEmpty());
}

TEST(OpenEphysTimelineSpeedTest, AtNoSpeedNothingIsConcludedFromOurClock) {
  OpenEphysTimeline timeline(absl::Milliseconds(50), 0);
  timeline.set_sample_rate_hz(kRate);
  RigData data;
  timeline.TakeEvent(60000, 1000 * kMs, &data);
  timeline.TakeEvent(600'000, 1001 * kMs, &data);
  timeline.Advance(99'000 * kMs, 99'000 * kMs);
  EXPECT_THAT(data.faults, testing::IsEmpty());
  EXPECT_EQ(timeline.complete_before(), 600'000 - 1500);
}

TEST(OpenEphysTimelineSpeedTest, NothingCompletesWithoutASampleRate) {
  OpenEphysTimeline timeline(absl::Milliseconds(50), 1);
  RigData data;
  timeline.TakeEvent(60000, 1000 * kMs, &data);
  timeline.Advance(99'000 * kMs, 99'000 * kMs);
  EXPECT_EQ(timeline.complete_before(), kNothing);
}

}  // namespace
}  // namespace evoke
