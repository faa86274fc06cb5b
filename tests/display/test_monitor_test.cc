// The test monitor against a client that does nothing but what the test says.
#include "tests/support/test_monitor/test_monitor.h"

#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/test_monitor/wayland_client.h"

namespace evoke {
namespace {

using ::testing::HasSubstr;

class TestMonitorTest : public ::testing::Test {
 protected:
  TestMonitorTest() {
    // Far from the vblanks, so that a busy machine does not come between a commit and its latch.
    options_.scanout.hz = 20;
    options_.look = [](const Picture& picture) {
      Sight sight;
      sight.patch = picture.Rgb(picture.width() - 1, picture.height() - 1);
      sight.crc = Crc32(picture.ToImage());
      return sight;
    };
  }

  void Start() {
    auto monitor = TestMonitor::Start(options_);
    ASSERT_TRUE(monitor.ok()) << monitor.status();
    monitor_ = *std::move(monitor);
    monitor_->PointClientsHere();
  }

  std::unique_ptr<WaylandClient> Connect(bool full_screen = false) {
    auto client = WaylandClient::Connect(32, 16, full_screen);
    EXPECT_TRUE(client.ok()) << client.status();
    return *std::move(client);
  }

  // Commits, and waits until the picture is on.
  static CommitFate Show(WaylandClient& client, uint32_t rgb) {
    const size_t commit = client.Commit(rgb);
    EXPECT_TRUE(client.WaitUntil([&] { return client.fate(commit).presented; }).ok());
    return client.fate(commit);
  }

  // The record of this vblank, once it is there.
  const MonitorFrame& Frame(uint64_t vblank) {
    while (monitor_->Frames().size() <= vblank) {
      std::this_thread::yield();
    }
    return monitor_->Frames()[vblank];
  }

  TestMonitorOptions options_;
  std::unique_ptr<TestMonitor> monitor_;
};

TEST_F(TestMonitorTest, RecordsWhatIsOnAtEachVblank) {
  Start();
  const auto client = Connect();
  const CommitFate red = Show(*client, 0xff0102);
  const CommitFate blue = Show(*client, 0x0304ff);
  ASSERT_GT(blue.sequence, red.sequence);
  for (uint64_t vblank = 0; vblank <= blue.sequence; ++vblank) {
    const MonitorFrame& frame = Frame(vblank);
    EXPECT_EQ(frame.vblank, static_cast<int64_t>(vblank));
    EXPECT_EQ(frame.nanos, monitor_->TimeOf(frame.vblank));
    EXPECT_EQ(frame.commit, vblank < red.sequence ? 0 : vblank < blue.sequence ? 1 : 2);
    EXPECT_EQ(frame.sight.patch, vblank < red.sequence    ? 0u
                                 : vblank < blue.sequence ? 0xff0102u
                                                          : 0x0304ffu);
  }
  Image picture = UniformImage(32, 16, 0);
  for (size_t i = 0; i < picture.rgb.size(); i += 3) {
    picture.rgb[i] = 3;
    picture.rgb[i + 1] = 4;
    picture.rgb[i + 2] = 255;
  }
  EXPECT_EQ(Frame(blue.sequence).sight.crc, Crc32(picture));
}

TEST_F(TestMonitorTest, FeedbackIsTheVblanksOwnStamp) {
  options_.compositor.nominal_hz = 25;
  Start();
  const auto client = Connect();
  const CommitFate fate = Show(*client, 0);
  EXPECT_EQ(fate.stamp_nanos, monitor_->TimeOf(static_cast<int64_t>(fate.sequence)));
  EXPECT_EQ(fate.refresh_nanos, 40'000'000);
  EXPECT_EQ(fate.flags, 7);
  EXPECT_EQ(client->clock_id(), static_cast<uint32_t>(CLOCK_MONOTONIC));
  EXPECT_EQ(client->nominal_millihertz(), 25'000);
}

TEST_F(TestMonitorTest, RawStampsAreOfTheRawClock) {
  options_.compositor.raw_clock = true;
  Start();
  const auto client = Connect();
  const CommitFate fate = Show(*client, 0);
  EXPECT_EQ(client->clock_id(), static_cast<uint32_t>(CLOCK_MONOTONIC_RAW));
  timespec raw, monotonic;
  clock_gettime(CLOCK_MONOTONIC_RAW, &raw);
  clock_gettime(CLOCK_MONOTONIC, &monotonic);
  const int64_t offset =
      (raw.tv_sec - monotonic.tv_sec) * int64_t{1'000'000'000} + raw.tv_nsec - monotonic.tv_nsec;
  // The two clocks are read one after the other, here and in the monitor.
  EXPECT_NEAR(static_cast<double>(fate.stamp_nanos - offset),
              static_cast<double>(monitor_->TimeOf(static_cast<int64_t>(fate.sequence))), 20e6);
}

TEST_F(TestMonitorTest, ACommitThatIsReplacedBeforeTheLatchIsDiscardedAndReleased) {
  options_.scanout.hz = 4;
  Start();
  const auto client = Connect();
  Show(*client, 1);  // right after a vblank: the next latch is far
  const size_t replaced = client->Commit(2);
  const size_t shown = client->Commit(3);
  ASSERT_TRUE(client->WaitUntil([&] { return client->fate(shown).presented; }).ok());
  EXPECT_TRUE(client->fate(replaced).discarded);
  EXPECT_TRUE(client->fate(replaced).released);
  EXPECT_TRUE(client->fate(replaced).frame_called);
  EXPECT_FALSE(client->fate(replaced).presented);
  EXPECT_FALSE(client->fate(shown).discarded);
  EXPECT_EQ(Frame(client->fate(shown).sequence).sight.patch, 3u);
}

TEST_F(TestMonitorTest, ABufferIsHeldWhileItIsOn) {
  Start();
  const auto client = Connect();
  Show(*client, 1);
  EXPECT_FALSE(client->fate(0).released);
  Show(*client, 2);
  EXPECT_TRUE(client->fate(0).released);
  EXPECT_FALSE(client->fate(1).released);
}

TEST_F(TestMonitorTest, AnInjectedMissKeepsTheOldPictureForOneVblank) {
  Start();
  const auto client = Connect();
  Show(*client, 1);
  monitor_->MissNext();
  const CommitFate late = Show(*client, 2);
  const MonitorFrame& missed = Frame(late.sequence - 1);
  EXPECT_EQ(missed.missed_commit, 2);
  EXPECT_EQ(missed.commit, 1);
  EXPECT_EQ(missed.sight.patch, 1u);
  EXPECT_EQ(Frame(late.sequence).missed_commit, 0);
  EXPECT_EQ(Frame(late.sequence).sight.patch, 2u);
}

TEST_F(TestMonitorTest, AFullScreenWindowIsAsLargeAsTheMonitor) {
  options_.compositor.width = 100;
  options_.compositor.height = 50;
  Start();
  const auto client = Connect(/*full_screen=*/true);
  EXPECT_EQ(client->width(), 100);
  EXPECT_EQ(client->height(), 50);
}

TEST_F(TestMonitorTest, ASecondWindowIsNeverOnTheGlass) {
  Start();
  const auto first = Connect();
  const CommitFate shown = Show(*first, 1);
  const auto mirror = Connect();
  const size_t commit = mirror->Commit(2);
  ASSERT_TRUE(mirror->WaitUntil([&] { return mirror->fate(commit).discarded; }).ok());
  EXPECT_TRUE(mirror->fate(commit).frame_called);
  EXPECT_EQ(Frame(shown.sequence + 2).sight.patch, 1u);
  EXPECT_EQ(Frame(shown.sequence + 2).commit, 1);
}

TEST_F(TestMonitorTest, AClientThatLeavesTakesNothingWithIt) {
  Start();
  const CommitFate first = Show(*Connect(), 1);
  const CommitFate second = Show(*Connect(), 2);
  EXPECT_EQ(Frame(first.sequence).sight.patch, 1u);
  EXPECT_EQ(Frame(second.sequence).sight.patch, 2u);
}

TEST_F(TestMonitorTest, TheRecordEndsAtItsCapacity) {
  options_.scanout.hz = 1000;
  options_.scanout.latch_lead = absl::ZeroDuration();
  options_.capacity = 3;
  Start();
  const auto client = Connect();
  while (Show(*client, 1).sequence < 5) {
  }
  EXPECT_EQ(monitor_->Frames().size(), 3);
}

TEST_F(TestMonitorTest, ARateThatNoMonitorHasIsRefused) {
  options_.scanout.hz = 0;
  EXPECT_THAT(std::string(TestMonitor::Start(options_).status().message()), HasSubstr("0 Hz"));
  options_.scanout.hz = 100;
  options_.scanout.latch_lead = absl::Milliseconds(10);
  EXPECT_THAT(std::string(TestMonitor::Start(options_).status().message()),
              HasSubstr("within a refresh"));
}

}  // namespace
}  // namespace evoke
