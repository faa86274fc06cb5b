// The whole display, from the request to the glass of the test monitor. What is asserted does not
// depend on how busy the machine is: a display that is kept from the processor misses refreshes,
// and has to say so. That it misses none is for deploy/benchmark display.
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/test_monitor/display_session.h"
#include "tests/support/test_monitor/glass_check.h"

// libdbus and Mesa's drivers leak a kilobyte at each start, and are unloaded before the leak check
// could name them: they cannot be suppressed one by one.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }

namespace evoke {
namespace {

using ::testing::HasSubstr;

constexpr int kOn = 3, kOff = 2;

Image NoiseImage(int size, uint64_t seed) {
  Image image = UniformImage(size, size, 0);
  Rng rng(seed);
  for (uint8_t& value : image.rgb) value = static_cast<uint8_t>(rng.Index(256));
  return image;
}

class GlassTest : public ::testing::Test {
 protected:
  GlassTest() { SetRate(120, 120); }

  void SetRate(double hz, double nominal_hz) {
    options_.monitor.scanout.hz = hz;
    options_.monitor.compositor.nominal_hz = nominal_hz;
  }

  void Start() {
    auto session = DisplaySession::Start(options_);
    ASSERT_TRUE(session.ok()) << session.status();
    session_ = *std::move(session);
    ASSERT_EQ(session_->info().source, StampSource::kPresentationFeedback);
  }

  // The k-th presentation, from 0: its code is k + 1.
  PresentationRequest Request(int k) const {
    const absl::Duration refresh = absl::Seconds(1 / options_.monitor.scanout.hz);
    PresentationRequest request;
    request.id = static_cast<uint64_t>(k) + 1;
    request.sync_code = static_cast<uint32_t>(k) + 1;
    request.image = NoiseImage(64, request.id);
    request.on = kOn * refresh;
    request.off = kOff * refresh;
    Placement placement;
    placement.width = 64;
    request.placement = placement;
    return request;
  }

  DisplayRun Show(int n, const std::function<PresentationRequest(int)>& request,
                  const std::function<void(const RefreshRecord&)>& on_refresh = {}) {
    auto run = session_->Show(n, request, on_refresh);
    EXPECT_TRUE(run.ok()) << run.status();
    if (!run.ok()) return {};
    EXPECT_EQ(run->results.size(), static_cast<size_t>(n));
    return *std::move(run);
  }
  DisplayRun Show(int n) {
    return Show(n, [this](int k) { return Request(k); });
  }

  GlassReport Check(const DisplayRun& run) {
    return CheckGlass(session_->monitor().Frames(), run.results, run.refreshes);
  }
  static void ExpectAccounted(const GlassReport& report, int presentations) {
    EXPECT_EQ(report.presentations, presentations);
    EXPECT_EQ(report.undetected, 0);
    EXPECT_EQ(report.false_alarms, 0);
    EXPECT_EQ(report.wrong_codes, 0);
    EXPECT_EQ(report.wrong_patches, 0);
  }

  // Vblanks from now on until this many have passed, in true time.
  void LetPass(int vblanks) {
    const size_t end = session_->monitor().Frames().size() + static_cast<size_t>(vblanks);
    while (session_->monitor().Frames().size() < end) std::this_thread::yield();
  }

  DisplaySessionOptions options_;
  std::unique_ptr<DisplaySession> session_;
};

TEST_F(GlassTest, EveryFrameIsAccountedFor) {
  Start();
  const DisplayRun run = Show(50);
  const GlassReport report = Check(run);
  ExpectAccounted(report, 50);
  EXPECT_EQ(report.injected, 0);
  for (const double error : report.onset_errors) EXPECT_LT(std::abs(error), 1000);
}

TEST_F(GlassTest, EveryInjectedMissIsFlaggedWithItsFrame) {
  Start();
  int injected = 0;
  const auto miss_now_and_then = [&](int k) {
    if (k % 3 == 0) {
      session_->monitor().MissNext();
      ++injected;
    }
    return Request(k);
  };
  const GlassReport report = Check(Show(60, miss_now_and_then));
  ExpectAccounted(report, 60);
  EXPECT_GE(report.misses, report.injected);
  EXPECT_GE(report.injected, injected / 2);  // the first ones come before the first stimulus
}

TEST_F(GlassTest, JitteredStampsGiveSteadyPredictions) {
  options_.monitor.scanout.stamp_jitter = absl::Microseconds(100);
  options_.monitor.scanout.outlier_probability = 0.02;
  Start();
  const GlassReport report = Check(Show(100));
  ExpectAccounted(report, 100);
  // The model has seen its 300 refreshes after sixty presentations.
  double squares = 0;
  int n = 0;
  for (size_t i = 60; i < report.prediction_errors.size(); ++i, ++n) {
    squares += report.prediction_errors[i] * report.prediction_errors[i];
  }
  EXPECT_LT(std::sqrt(squares / n), 30'000);
}

TEST_F(GlassTest, StampsOfAnotherClockAreTranslated) {
  options_.monitor.compositor.raw_clock = true;
  Start();
  const GlassReport report = Check(Show(30));
  ExpectAccounted(report, 30);
  for (const double error : report.onset_errors) EXPECT_LT(std::abs(error), 1e6);
}

TEST_F(GlassTest, AWrongNominalRateIsFound) {
  SetRate(59.94, 60);
  Start();
  EXPECT_NEAR(session_->info().measured_hz, 59.94, 0.006);
  EXPECT_NEAR(session_->info().nominal_hz, 60, 1e-3);
}

TEST_F(GlassTest, AWrongNominalRateIsRefusedIfAskedFor) {
  SetRate(59.94, 60);
  options_.screen.refuse_wrong_refresh = true;
  const auto session = DisplaySession::Start(options_);
  EXPECT_EQ(session.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(session.status().message()), HasSubstr("59.94"));
}

TEST_F(GlassTest, PicturesAreExactToTheBit) {
  options_.checksums = true;
  Start();
  const DisplayRun run = Show(30);
  ExpectAccounted(Check(run), 30);

  std::vector<uint32_t> checksums;
  const ScreenInfo& info = session_->info();
  for (uint32_t code = 0; code <= 30; ++code) {
    checksums.push_back(Crc32(
        PaintGlass(options_.screen.look, info.width, info.height, NoiseImage(64, code), code)));
  }
  int compared = 0;
  const auto frames = session_->monitor().Frames();
  for (uint64_t v = run.refreshes.front().flip.sequence; v < frames.size(); ++v) {
    const Sight& sight = frames[v].sight;
    ASSERT_LE(sight.code, 30u);
    ASSERT_EQ(sight.crc, checksums[sight.code]) << "vblank " << v << ", code " << sight.code;
    ++compared;
  }
  EXPECT_GE(compared, 30 * (kOn + kOff));
}

TEST_F(GlassTest, AnOnsetAtAStatedTimeIsTheFirstVblankFromThenOnOrTheNearest) {
  Start();
  const TestMonitor& monitor = session_->monitor();
  const double period = 1e9 / options_.monitor.scanout.hz;
  const auto start = static_cast<int64_t>(monitor.Frames().size()) + 30;
  const auto vblank = [&](int k) { return start + k * 10; };
  const DisplayRun run = Show(20, [&](int k) {
    PresentationRequest request = Request(k);
    // A third of a refresh after a vblank.
    request.onset_nanos = monitor.TimeOf(vblank(k)) + static_cast<int64_t>(period / 3);
    request.onset_rule = k % 2 == 0 ? OnsetRule::kFirstAfter : OnsetRule::kNearest;
    return request;
  });
  ExpectAccounted(Check(run), 20);
  for (int k = 0; k < 20; ++k) {
    const PresentationResult& result = run.results[static_cast<size_t>(k)];
    const int64_t due = k % 2 == 0 ? vblank(k) + 1 : vblank(k);
    EXPECT_NEAR(static_cast<double>(result.predicted_onset_nanos),
                static_cast<double>(monitor.TimeOf(due)), period / 4)
        << k;
    const MonitorFrame& frame = monitor.Frames()[static_cast<size_t>(due + result.late_frames)];
    EXPECT_EQ(frame.sight.code, result.sync_code) << k;
    EXPECT_EQ(monitor.Frames()[static_cast<size_t>(frame.vblank - 1)].sight.code, 0u) << k;
  }
}

TEST_F(GlassTest, AStallOfTheNetworkOrTheLogDelaysNothingThatIsPrefetched) {
  Start();
  const int half_a_second = static_cast<int>(options_.monitor.scanout.hz / 2);
  std::vector<RefreshRecord> refreshes;
  DisplayRun run = Show(
      60,
      [&](int k) {
        // By then 15 presentations wait: 75 refreshes at least.
        if (k == 30) LetPass(half_a_second);
        return Request(k);
      },
      [&](const RefreshRecord& record) {
        refreshes.push_back(record);
        if (record.request_id == 20 && refreshes[refreshes.size() - 2].request_id == 0) {
          LetPass(half_a_second);
        }
      });
  run.refreshes = std::move(refreshes);
  const GlassReport report = Check(run);
  ExpectAccounted(report, 60);
  EXPECT_EQ(report.starved_onsets, 0);
}

TEST_F(GlassTest, AnAbortTakesTheStimulusOffTheGlass) {
  Start();
  const DisplayRun run = Show(
      1,
      [&](int k) {
        PresentationRequest request = Request(k);
        request.on = absl::Hours(1);
        return request;
      },
      [&](const RefreshRecord& record) {
        if (record.request_id == 1) session_->presenter().Abort("fixation broken");
      });
  EXPECT_TRUE(run.results[0].aborted);
  EXPECT_EQ(run.results[0].reason.str(), "fixation broken");
  int on = 0;
  for (const MonitorFrame& frame : session_->monitor().Frames()) on += frame.sight.code == 1;
  EXPECT_EQ(on, run.results[0].frames_shown);
  EXPECT_LT(on, 120);
}

}  // namespace
}  // namespace evoke
