// The SDL screen on a virtual X server, down to the pixels.
#include "stimulus_display/screen/sdl_screen.h"

#include <cstdlib>
#include <memory>
#include <string>

#include "common/clock.h"
#include "common/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stimulus_display/presenter/presenter.h"
#include "tests/support/xvfb.h"

// libdbus and Mesa's drivers leak a kilobyte at each start, and are unloaded before the leak check
// could name them: they cannot be suppressed one by one.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }

namespace evoke {
namespace {

using ::testing::HasSubstr;

constexpr int kWidth = 320;
constexpr int kHeight = 240;

Image NoiseImage(int width, int height) {
  Image image = UniformImage(width, height, 0);
  Rng rng(7);
  for (uint8_t& value : image.rgb) value = static_cast<uint8_t>(rng.Index(256));
  return image;
}

void Paint(Image& screen, const PixelRect& where, const Image& image, int scale = 1) {
  for (int y = 0; y < where.height; ++y) {
    for (int x = 0; x < where.width; ++x) {
      for (int c = 0; c < 3; ++c) {
        screen.rgb[static_cast<size_t>(((where.y + y) * screen.width + where.x + x) * 3 + c)] =
            image.rgb[static_cast<size_t>((y / scale * image.width + x / scale) * 3 + c)];
      }
    }
  }
}

void Paint(Image& screen, const PixelRect& where, uint8_t gray) {
  Paint(screen, where, UniformImage(where.width, where.height, gray));
}

int WrongValues(const Image& image, const Image& expected) {
  if (image.width != expected.width || image.height != expected.height) return -1;
  int wrong = 0;
  for (size_t i = 0; i < expected.rgb.size(); ++i) wrong += image.rgb[i] != expected.rgb[i];
  return wrong;
}

class SdlScreenTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto xvfb = Xvfb::Start(640, 480);
    ASSERT_TRUE(xvfb.ok()) << xvfb.status();
    xvfb_ = *std::move(xvfb);
    setenv("DISPLAY", xvfb_->display().c_str(), 1);
    setenv("SDL_VIDEODRIVER", "x11", 1);
    setenv("LIBGL_ALWAYS_SOFTWARE", "1", 1);
    options_.window_width = kWidth;
    options_.window_height = kHeight;
    options_.look.background = 77;
    options_.look.patch = {true, Corner::kTopRight, 16};
    options_.slots = 3;
  }

  void Open() {
    auto screen = SdlScreen::Open(options_);
    ASSERT_TRUE(screen.ok()) << screen.status();
    screen_ = *std::move(screen);
    const absl::Status started = screen_->Start();
    ASSERT_TRUE(started.ok()) << started;
  }

  void Show(const Frame& frame) {
    const auto flip = screen_->Show(frame);
    ASSERT_TRUE(flip.ok()) << flip.status();
  }

  // What the screen says that it draws, and what the X server then has in its frame buffer. The
  // server works through its requests in its own time: the frame is shown until it is there.
  void ExpectShows(const Frame& frame, const Image& expected) {
    Show(frame);
    const auto pixels = screen_->ReadBack();
    ASSERT_TRUE(pixels.ok()) << pixels.status();
    EXPECT_EQ(WrongValues(*pixels, expected), 0) << "read back";
    int wrong = -1;
    for (int tries = 0; tries < 100 && wrong != 0; ++tries) {
      Show(frame);
      const auto screenshot = xvfb_->Screenshot();
      ASSERT_TRUE(screenshot.ok()) << screenshot.status();
      Image glass = UniformImage(screenshot->width, screenshot->height, 0);
      // Without a window manager the window is where it asked to be, on black.
      Paint(glass,
            {(glass.width - expected.width) / 2, (glass.height - expected.height) / 2,
             expected.width, expected.height},
            expected);
      wrong = WrongValues(*screenshot, glass);
    }
    EXPECT_EQ(wrong, 0) << "on the glass";
  }

  std::unique_ptr<Xvfb> xvfb_;  // outlives the screen
  SdlScreenOptions options_;
  std::unique_ptr<SdlScreen> screen_;
};

TEST_F(SdlScreenTest, ImageBackgroundAndPatchAreExactToTheBit) {
  Open();
  const Image noise = NoiseImage(97, 61);
  ASSERT_TRUE(screen_->Upload(1, noise).ok());
  const PixelRect where = {30, 120, 97, 61};
  const PixelRect patch = {kWidth - 16, 0, 16, 16};

  Image expected = UniformImage(kWidth, kHeight, 77);
  Paint(expected, patch, 0);
  ExpectShows(Frame(), expected);

  Paint(expected, where, noise);
  Paint(expected, patch, 255);
  ExpectShows(Frame{.slot = 1, .where = where, .sync_patch = true}, expected);

  // The other size of the same slot, and back to the background.
  const Image small = NoiseImage(8, 8);
  ASSERT_TRUE(screen_->Upload(1, small).ok());
  expected = UniformImage(kWidth, kHeight, 77);
  Paint(expected, patch, 255);
  Paint(expected, {0, 232, 8, 8}, small);
  ExpectShows(Frame{.slot = 1, .where = {0, 232, 8, 8}, .sync_patch = true}, expected);
}

TEST_F(SdlScreenTest, WholeScaleWithTheNearestFilterRepeatsPixels) {
  options_.look.patch.enabled = false;
  Open();
  const Image noise = NoiseImage(40, 30);
  ASSERT_TRUE(screen_->Upload(0, noise).ok());
  const PixelRect where = {13, 17, 160, 120};
  Image expected = UniformImage(kWidth, kHeight, 77);
  Paint(expected, where, noise, 4);
  ExpectShows(Frame{.slot = 0, .where = where, .sync_patch = true}, expected);
}

TEST_F(SdlScreenTest, LinearFilterInterpolates) {
  options_.look.patch.enabled = false;
  options_.look.linear_filter = true;
  Open();
  Image step = UniformImage(2, 1, 0);
  step.rgb[3] = step.rgb[4] = step.rgb[5] = 200;
  ASSERT_TRUE(screen_->Upload(0, step).ok());
  ASSERT_NO_FATAL_FAILURE(Show({.slot = 0, .where = {0, 0, 200, 100}}));
  const auto pixels = screen_->ReadBack();
  ASSERT_TRUE(pixels.ok()) << pixels.status();
  const auto at = [&](int x) { return pixels->rgb[static_cast<size_t>((50 * kWidth + x) * 3)]; };
  EXPECT_EQ(at(10), 0);  // beyond the centre of the outer pixel
  EXPECT_NEAR(at(75), 51, 2);
  EXPECT_NEAR(at(100), 101, 2);
  EXPECT_EQ(at(190), 200);
}

TEST_F(SdlScreenTest, WithoutVsyncATimerPacesTheRefreshesAndSaysSo) {
  options_.timer_hz = 200;
  Open();
  EXPECT_TRUE(screen_->info().paced_by_timer());
  EXPECT_EQ(screen_->info().refresh_hz, 200);
  EXPECT_EQ(screen_->info().period_nanos(), 5'000'000);
  EXPECT_EQ(screen_->info().width, kWidth);
  EXPECT_EQ(screen_->info().screen_width_pixels, 640);
  const auto first = screen_->Show(Frame());
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->dropped, 0);
  Flip last = *first;
  int64_t dropped = 0;
  for (int i = 0; i < 20; ++i) {
    const auto flip = screen_->Show(Frame());
    ASSERT_TRUE(flip.ok()) << flip.status();
    EXPECT_EQ(flip->source, StampSource::kTimerEstimate);
    EXPECT_EQ(flip->frame_index, last.frame_index + 1 + flip->dropped);
    dropped += flip->dropped;
    last = *flip;
  }
  // However busy the machine is, index and stamp tell of the same refresh.
  const double refreshes = static_cast<double>(last.monotonic_nanos - first->monotonic_nanos) / 5e6;
  EXPECT_NEAR(refreshes, static_cast<double>(20 + dropped), 1.0);
}

TEST_F(SdlScreenTest, PresenterShowsTrialsOnARealWindow) {
  options_.timer_hz = 200;
  Open();
  const auto clock = NewSystemClock();
  auto presenter = Presenter::Create(screen_.get(), clock.get(), {});
  ASSERT_TRUE(presenter.ok()) << presenter.status();
  for (uint64_t id = 1; id <= 5; ++id) {
    PresentationRequest request;
    request.id = id;
    request.image = NoiseImage(50, 50);
    request.on = absl::Milliseconds(50);
    request.off = absl::Milliseconds(20);
    const absl::Status status = (*presenter)->Submit(std::move(request));
    ASSERT_TRUE(status.ok()) << status;
  }
  while ((*presenter)->stats().shown < 5) {
    const absl::Status status = (*presenter)->Refresh();
    ASSERT_TRUE(status.ok()) << status;
  }
  for (uint64_t id = 1; id <= 5; ++id) {
    const auto result = (*presenter)->TakeResult(absl::ZeroDuration());
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->id, id);
    EXPECT_EQ(result->on_frames, 10);
    // Frames missed on a busy machine lengthen a stimulus only at its end.
    EXPECT_GE(result->frames_shown, 10);
    EXPECT_LE(result->frames_shown, 10 + result->dropped_frames);
    EXPECT_LT(result->ready_nanos, result->onset_nanos);
    EXPECT_EQ(result->uncertainty_nanos, 5'000'000);
  }
}

TEST_F(SdlScreenTest, FullScreenCoversTheScreen) {
  options_.full_screen = true;
  Open();
  EXPECT_EQ(screen_->info().width, 640);
  EXPECT_EQ(screen_->info().height, 480);
  Image expected = UniformImage(640, 480, 77);
  Paint(expected, {640 - 16, 0, 16, 16}, 0);
  ExpectShows(Frame(), expected);
}

TEST_F(SdlScreenTest, SlotWithoutAnImageIsNeverShown) {
  Open();
  EXPECT_EQ(screen_->Show({.slot = 2, .where = {0, 0, 9, 9}}).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(screen_->Upload(3, NoiseImage(4, 4)).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(screen_->Upload(0, Image{4, 4, {}}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(screen_->Upload(0, NoiseImage(1, 100'000)).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(SdlScreenTest, ScreenIndexOutOfRangeNamesTheScreensThatAre) {
  options_.screen_index = 1;
  const auto screen = SdlScreen::Open(options_);
  EXPECT_EQ(screen.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(screen.status().message()), HasSubstr("available screens are 0..0"));
}

TEST_F(SdlScreenTest, WithoutADisplayTheMessageSaysWhatToDo) {
  setenv("DISPLAY", "/no/such/display:0", 1);
  const auto screen = SdlScreen::Open(options_);
  EXPECT_EQ(screen.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(screen.status().message()), HasSubstr("xvfb-run"));
  EXPECT_THAT(std::string(screen.status().message()), HasSubstr("DISPLAY"));
}

TEST_F(SdlScreenTest, DrawingToNowhereIsNoDisplayUnlessItIsAskedFor) {
  setenv("DISPLAY", "/no/such/display:0", 1);
  setenv("SDL_VIDEODRIVER", "x11,offscreen", 1);
  EXPECT_EQ(SdlScreen::Open(options_).status().code(), absl::StatusCode::kUnavailable);
  setenv("SDL_VIDEODRIVER", "offscreen", 1);
  Open();
  EXPECT_TRUE(screen_->info().paced_by_timer());
}

TEST_F(SdlScreenTest, OptionsOutOfRangeAreRefused) {
  SdlScreenOptions options = options_;
  options.timer_hz = 0;
  EXPECT_EQ(SdlScreen::Open(options).status().code(), absl::StatusCode::kInvalidArgument);
  options = options_;
  options.window_width = 0;
  EXPECT_EQ(SdlScreen::Open(options).status().code(), absl::StatusCode::kInvalidArgument);
  options = options_;
  options.slots = 0;
  EXPECT_EQ(SdlScreen::Open(options).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace evoke
