// The arithmetic of the test monitor: what it is compared with is only as good as this.
#include "tests/support/test_monitor/scanout.h"

#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evoke {
namespace {

constexpr int64_t kStart = 1'000'000'000;
constexpr int64_t kLead = 2'000'000;

ScanoutOptions At(double hz) {
  ScanoutOptions options;
  options.hz = hz;
  options.latch_lead = absl::Nanoseconds(kLead);
  return options;
}

// The vblanks up to and including number `last`, with a new commit right after each.
std::vector<ScannedFrame> RunAlways(Scanout& scanout, int64_t last) {
  std::vector<ScannedFrame> frames;
  int64_t commits = 0;
  while (frames.empty() || frames.back().vblank < last) {
    const std::optional<Scanout::Event> event = scanout.Advance(scanout.NextNanos());
    if (!event.has_value() || event->kind != Scanout::Event::kVblank) continue;
    frames.push_back(event->frame);
    scanout.Commit(++commits);
  }
  return frames;
}

TEST(ScanoutTest, VblanksAreAbsolute) {
  Scanout scanout(At(59.94), kStart);
  const std::vector<ScannedFrame> frames = RunAlways(scanout, 100'000);
  ASSERT_EQ(frames.size(), 100'001);
  for (const ScannedFrame& frame : frames) {
    ASSERT_NEAR(static_cast<double>(frame.nanos - kStart),
                static_cast<double>(frame.vblank) * 1e9 / 59.94, 1);
    ASSERT_EQ(frame.stamp_nanos, frame.nanos);
  }
}

TEST(ScanoutTest, ACommitUpToTheLatchComesOnAtThatVblank) {
  Scanout scanout(At(100), kStart);
  const int64_t latch = kStart + 10'000'000 - kLead;
  while (scanout.Advance(latch - 1).has_value()) {
  }
  EXPECT_EQ(scanout.NextNanos(), latch);
  scanout.Commit(1);
  EXPECT_EQ(scanout.Advance(latch)->kind, Scanout::Event::kLatch);
  scanout.Commit(2);  // too late
  const std::optional<Scanout::Event> vblank = scanout.Advance(latch + kLead);
  ASSERT_TRUE(vblank.has_value());
  EXPECT_EQ(vblank->kind, Scanout::Event::kVblank);
  EXPECT_EQ(vblank->frame.vblank, 1);
  EXPECT_EQ(vblank->frame.commit, 1);
  scanout.Advance(scanout.NextNanos());
  EXPECT_EQ(scanout.Advance(scanout.NextNanos())->frame.commit, 2);
}

TEST(ScanoutTest, TheNewestCommitIsLatched) {
  Scanout scanout(At(100), kStart);
  scanout.Commit(1);
  scanout.Commit(2);
  scanout.Advance(kStart);
  EXPECT_EQ(scanout.Advance(kStart)->frame.commit, 2);
}

TEST(ScanoutTest, NothingHappensBeforeItsTime) {
  Scanout scanout(At(100), kStart);
  EXPECT_FALSE(scanout.Advance(kStart - kLead - 1).has_value());
  EXPECT_TRUE(scanout.Advance(kStart - kLead).has_value());
  EXPECT_FALSE(scanout.Advance(kStart - 1).has_value());
}

TEST(ScanoutTest, AMissRepeatsThePictureBeforeAndNamesWhatWaits) {
  Scanout scanout(At(100), kStart);
  scanout.Commit(1);
  scanout.Advance(kStart);
  EXPECT_EQ(scanout.Advance(kStart)->frame.commit, 1);
  scanout.MissNext();
  // Without anything waiting there is nothing to miss.
  scanout.Advance(scanout.NextNanos());
  EXPECT_EQ(scanout.Advance(scanout.NextNanos())->frame.missed_commit, 0);
  scanout.Commit(2);
  scanout.Advance(scanout.NextNanos());
  const ScannedFrame missed = scanout.Advance(scanout.NextNanos())->frame;
  EXPECT_EQ(missed.commit, 1);
  EXPECT_EQ(missed.missed_commit, 2);
  scanout.Advance(scanout.NextNanos());
  const ScannedFrame next = scanout.Advance(scanout.NextNanos())->frame;
  EXPECT_EQ(next.commit, 2);
  EXPECT_EQ(next.missed_commit, 0);
}

TEST(ScanoutTest, MissesComeAsOftenAsAsked) {
  ScanoutOptions options = At(100);
  options.miss_probability = 0.1;
  Scanout scanout(options, kStart);
  int misses = 0;
  for (const ScannedFrame& frame : RunAlways(scanout, 10'000)) misses += frame.missed_commit != 0;
  EXPECT_NEAR(misses, 1000, 100);
}

TEST(ScanoutTest, StampsJitterAndVblanksDoNot) {
  ScanoutOptions options = At(100);
  options.stamp_jitter = absl::Microseconds(100);
  options.outlier_probability = 0.02;
  Scanout scanout(options, kStart);
  int outliers = 0;
  double squares = 0;
  const std::vector<ScannedFrame> frames = RunAlways(scanout, 10'000);
  for (const ScannedFrame& frame : frames) {
    ASSERT_EQ(frame.nanos, kStart + frame.vblank * 10'000'000);
    const auto error = static_cast<double>(frame.stamp_nanos - frame.nanos);
    if (std::abs(error) > 600'000) {
      ++outliers;
    } else {
      squares += error * error;
    }
  }
  EXPECT_NEAR(outliers, 200, 50);
  EXPECT_NEAR(std::sqrt(squares / static_cast<double>(frames.size() - outliers)), 100'000, 5'000);
}

}  // namespace
}  // namespace evoke
