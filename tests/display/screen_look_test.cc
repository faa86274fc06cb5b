// What the look adds to the screen, on a virtual X server, down to the pixels.
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "common/figure/image_file.h"
#include "common/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stimulus_display/screen/frame_capture.h"
#include "stimulus_display/screen/frame_code.h"
#include "stimulus_display/screen/mirror_board.h"
#include "stimulus_display/screen/screen_list.h"
#include "stimulus_display/screen/sdl_screen.h"
#include "tests/support/xvfb.h"

// As in sdl_screen_test.cc: leaks of libraries that are unloaded before they could be named.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }

namespace evoke {
namespace {

using ::testing::HasSubstr;

constexpr int kWidth = 320;
constexpr int kHeight = 240;
using Rgb = std::array<uint8_t, 3>;

Rgb At(const Image& image, int x, int y) {
  const auto at = static_cast<size_t>(y * image.width + x) * 3;
  return {image.rgb[at], image.rgb[at + 1], image.rgb[at + 2]};
}

Image NoiseImage(int width, int height) {
  Image image = UniformImage(width, height, 0);
  Rng rng(7);
  for (uint8_t& value : image.rgb) value = static_cast<uint8_t>(rng.Index(256));
  return image;
}

GammaTable SomeTable() {
  GammaTable table;
  for (size_t i = 0; i < 256; ++i) {
    const double x = static_cast<double>(i) / 255;
    table.rgb[0][i] = static_cast<uint8_t>(std::lround(255 * std::pow(x, 1 / 2.2)));
    table.rgb[1][i] = static_cast<uint8_t>(std::lround(10 + 240 * std::pow(x, 1 / 1.8)));
    table.rgb[2][i] = static_cast<uint8_t>(std::lround(255 * x * x));
  }
  return table;
}

class ScreenLookTest : public ::testing::Test {
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
    options_.look.patch = {true, Corner::kBottomLeft, 16};
    options_.slots = 3;
    options_.timer_hz = 200;
  }

  void Open() {
    auto screen = SdlScreen::Open(options_);
    ASSERT_TRUE(screen.ok()) << screen.status();
    screen_ = *std::move(screen);
    const absl::Status started = screen_->Start();
    ASSERT_TRUE(started.ok()) << started;
  }

  Image Shown(const Frame& frame) {
    const auto flip = screen_->Show(frame);
    EXPECT_TRUE(flip.ok()) << flip.status();
    const auto pixels = screen_->ReadBack();
    EXPECT_TRUE(pixels.ok()) << pixels.status();
    return pixels.ok() ? *pixels : UniformImage(kWidth, kHeight, 0);
  }

  std::unique_ptr<Xvfb> xvfb_;  // outlives the screen
  SdlScreenOptions options_;
  std::unique_ptr<SdlScreen> screen_;
};

TEST_F(ScreenLookTest, FrameCodeIsReadFromTheScreenInEveryCorner) {
  options_.look.frame_code = true;
  for (const Corner corner :
       {Corner::kTopLeft, Corner::kTopRight, Corner::kBottomLeft, Corner::kBottomRight}) {
    options_.look.patch.corner = corner;
    screen_.reset();
    ASSERT_NO_FATAL_FAILURE(Open());
    const PixelRect patch = PatchRect(options_.look.patch, kWidth, kHeight);
    const PixelRect strip = FrameCodeRect(patch);
    ASSERT_TRUE(screen_->Upload(0, UniformImage(8, 8, 200)).ok());
    for (const uint16_t code : {0, 1, 0x8000, 0xa5c3, 0xffff}) {
      // A stimulus behind it all does not show through.
      const Image image =
          Shown({.slot = 0, .where = {0, 0, kWidth, kHeight}, .sync_patch = true, .code = code});
      const auto read = DecodeFrameCode(image, strip);
      ASSERT_TRUE(read.ok()) << read.status();
      EXPECT_EQ(*read, code);
      // The cell between patch and code is black.
      const int gap = patch.x == 0 ? patch.width : patch.x - 1;
      EXPECT_EQ(At(image, gap, patch.y + 4), (Rgb{0, 0, 0}));
      EXPECT_EQ(At(image, patch.x + 8, patch.y + 8), (Rgb{255, 255, 255}));
      EXPECT_EQ(At(image, kWidth / 2, kHeight / 2), (Rgb{200, 200, 200}));
    }
  }
}

TEST_F(ScreenLookTest, FixationIsADiscWhereAndWhenItIsAskedFor) {
  options_.look.fixation.placement = {SizeUnit::kPixels, 20, 30, 40};
  options_.look.fixation.rgb = {255, 20, 10};
  const Rgb red = {255, 20, 10};
  const Rgb gray = {77, 77, 77};
  Open();
  ASSERT_TRUE(screen_->Upload(0, UniformImage(8, 8, 200)).ok());
  const Frame on = {.slot = 0, .where = {0, 0, kWidth, kHeight}};
  const Image between = Shown(Frame());
  // Centre 160 + 30, 120 - 40; from 180 to 199, 70 to 89.
  int painted = 0;
  for (int y = 60; y < 100; ++y) {
    for (int x = 170; x < 210; ++x) {
      const bool inside = std::hypot(x + 0.5 - 190, y + 0.5 - 80) <= 10;
      EXPECT_EQ(At(between, x, y), inside ? red : gray) << x << " " << y;
      painted += inside;
    }
  }
  EXPECT_NEAR(painted, M_PI * 100, 8);
  EXPECT_EQ(At(Shown(on), 190, 80), (Rgb{200, 200, 200}));

  options_.look.fixation.between = false;
  options_.look.fixation.over = true;
  screen_.reset();
  Open();
  ASSERT_TRUE(screen_->Upload(0, UniformImage(8, 8, 200)).ok());
  EXPECT_EQ(At(Shown(Frame()), 190, 80), gray);
  EXPECT_EQ(At(Shown(on), 190, 80), red);
}

TEST_F(ScreenLookTest, FixationInDegreesHasItsTrueAngle) {
  options_.look.viewing = {40, 57.3};  // of the monitor of 640 pixels: 16 pixels per cm
  options_.look.fixation.placement = {SizeUnit::kDegrees, 5};
  Open();
  const Image image = Shown(Frame());
  int across = 0;
  for (int x = 0; x < kWidth; ++x) across += At(image, x, kHeight / 2) == Rgb{255, 0, 0};
  EXPECT_EQ(across, 80);  // 2 * 57.3 cm * tan(2.5 deg) * 16 = 80.06
}

TEST_F(ScreenLookTest, GammaTableMapsEveryLevelOfEveryChannelExactly) {
  options_.look.gamma = SomeTable();
  options_.look.fixation.placement.width = 9;
  options_.look.fixation.rgb = {100, 150, 200};
  Open();
  // All levels, in an order that differs between the channels.
  Image levels = UniformImage(16, 16, 0);
  for (size_t i = 0; i < 256; ++i) {
    levels.rgb[i * 3] = static_cast<uint8_t>(i);
    levels.rgb[i * 3 + 1] = static_cast<uint8_t>(255 - i);
    levels.rgb[i * 3 + 2] = static_cast<uint8_t>(i * 7);
  }
  ASSERT_TRUE(screen_->Upload(1, levels).ok());
  const Image image = Shown({.slot = 1, .where = {100, 50, 64, 64}, .sync_patch = true});
  const auto& table = options_.look.gamma->rgb;
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 64; ++x) {
      const Rgb wanted = At(levels, x / 4, y / 4);
      ASSERT_EQ(At(image, 100 + x, 50 + y),
                (Rgb{table[0][wanted[0]], table[1][wanted[1]], table[2][wanted[2]]}))
          << x << " " << y;
    }
  }
  EXPECT_EQ(At(image, 5, 5), (Rgb{table[0][77], table[1][77], table[2][77]}));
  // The patch is as bright as the monitor can.
  EXPECT_EQ(At(image, 8, kHeight - 8), (Rgb{255, 255, 255}));
  EXPECT_EQ(At(Shown(Frame()), kWidth / 2, kHeight / 2),
            (Rgb{table[0][100], table[1][150], table[2][200]}));
}

TEST_F(ScreenLookTest, SmoothScalingMixesLightAndNotSignals) {
  options_.look.gamma = SomeTable();
  options_.look.linear_filter = true;
  Open();
  Image step = UniformImage(2, 1, 0);
  step.rgb[3] = 200;
  ASSERT_TRUE(screen_->Upload(0, step).ok());
  const Image image = Shown({.slot = 0, .where = {0, 0, 200, 100}});
  // Halfway the light is half of that of level 200.
  EXPECT_NEAR(At(image, 100, 50)[0], options_.look.gamma->rgb[0][101], 2);
}

TEST_F(ScreenLookTest, CaptureHasThePixelsOfEachStimulusFirstFrame) {
  const std::string folder = testing::TempDir() + "/screen_look_capture";
  std::filesystem::remove_all(folder);
  auto capture = FrameCapture::Create(folder);
  ASSERT_TRUE(capture.ok()) << capture.status();
  options_.look.capture = *capture;
  options_.look.frame_code = true;
  Open();
  std::vector<Image> shown;
  for (const uint16_t code : {7, 8, 9}) {
    ASSERT_TRUE(screen_->Upload(0, NoiseImage(50 + code, 40)).ok());
    const Frame frame = {
        .slot = 0, .where = {20, 30, 50 + code, 40}, .sync_patch = true, .code = code};
    shown.push_back(Shown(frame));
    Shown(frame);  // a second frame of the same stimulus is no other one
    Shown(Frame());
  }
  screen_.reset();
  options_.look.capture.reset();
  capture->reset();
  for (size_t i = 0; i < 3; ++i) {
    const auto image = ReadImage(absl::StrFormat("%s/%06d-%05d.png", folder, i + 1, i + 7));
    ASSERT_TRUE(image.ok()) << image.status();
    EXPECT_EQ(*image, shown[i]);
  }
  EXPECT_FALSE(std::filesystem::exists(folder + "/000004-00000.png"));
}

TEST_F(ScreenLookTest, MirrorIsToldWhatIsOn) {
  auto board = MirrorBoard::Create();
  ASSERT_TRUE(board.ok()) << board.status();
  options_.look.mirror = *board;
  Open();
  ASSERT_TRUE(screen_->Upload(2, UniformImage(10, 10, 9)).ok());
  Shown({.slot = 2, .where = {1, 2, 30, 40}, .sync_patch = true, .code = 77});
  const auto view = (*board)->Read();
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->width, kWidth);
  EXPECT_EQ(view->background, 77);
  EXPECT_EQ(view->where, (PixelRect{1, 2, 30, 40}));
  EXPECT_EQ(view->code, 77);
  EXPECT_EQ(At(view->image, 4, 4), (Rgb{9, 9, 9}));
}

TEST_F(ScreenLookTest, WhatDoesNotFitIsRefusedWhenTheScreenOpens) {
  options_.look.frame_code = true;
  options_.look.patch.size_pixels = 64;
  const auto screen = SdlScreen::Open(options_);
  EXPECT_EQ(screen.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(screen.status().message()), HasSubstr("make the patch smaller"));
}

TEST_F(ScreenLookTest, ScreensAreListedAndOneOfTheirModesIsTaken) {
  const auto screens = ListScreens();
  ASSERT_TRUE(screens.ok()) << screens.status();
  ASSERT_EQ(screens->size(), 1u);
  EXPECT_EQ((*screens)[0].place, (PixelRect{0, 0, 640, 480}));
  ASSERT_FALSE((*screens)[0].modes.empty());
  EXPECT_THAT(FormatScreens(*screens), HasSubstr("--screen 0  640x480"));

  options_.full_screen = true;
  options_.mode = (*screens)[0].modes.front();
  Open();
  EXPECT_EQ(screen_->info().width, 640);
  EXPECT_EQ(screen_->info().height, 480);
  screen_.reset();
  options_.mode = ScreenMode{641, 480, 0};
  EXPECT_THAT(std::string(SdlScreen::Open(options_).status().message()),
              HasSubstr("--list-screens"));
  options_.full_screen = false;
  EXPECT_EQ(SdlScreen::Open(options_).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(ScreenModeTest, IsWrittenAsItIsRead) {
  for (const char* text : {"1920x1080", "1920x1080@144"}) {
    const auto mode = ParseScreenMode(text);
    ASSERT_TRUE(mode.ok()) << mode.status();
    EXPECT_EQ(FormatScreenMode(*mode), text);
  }
  for (const char* text : {"", "1920", "1920x", "0x5", "1920x1080@", "1920x1080@-1", "1x2@3@4"}) {
    EXPECT_EQ(ParseScreenMode(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

}  // namespace
}  // namespace evoke
