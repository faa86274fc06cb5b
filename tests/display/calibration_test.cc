// The calibration screens, in front of a screen in memory and an operator who follows a script.
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stimulus_display/calibration/calibration_picture.h"
#include "stimulus_display/calibration/calibration_session.h"
#include "tests/support/fake_screen.h"

namespace evoke {
namespace {

using ::testing::HasSubstr;

// What is typed at the screen, one entry for each refresh; Esc after the last.
class TypedScreen : public FakeScreen {
 public:
  TypedScreen(ManualClock* clock, std::vector<std::string> keys)
      : FakeScreen(clock, 60, 1, 640, 480), keys_(std::move(keys)) {}

  ScreenEvents PollEvents() override {
    ScreenEvents events;
    if (next_ < keys_.size()) {
      events.typed = keys_[next_++];
    } else {
      events.abort = true;
    }
    return events;
  }

 private:
  const std::vector<std::string> keys_;
  size_t next_ = 0;
};

struct TestTerminal {
  std::string input;  // all at once, as from a pipe
  std::string output;
  Terminal terminal() {
    return {[this] { return std::exchange(input, ""); },
            [this](const std::string& text) { output += text; }};
  }
};

std::array<uint8_t, 3> PixelAt(const Image& image, int x, int y) {
  const auto at = static_cast<size_t>(y * image.width + x) * 3;
  return {image.rgb[at], image.rgb[at + 1], image.rgb[at + 2]};
}

std::array<uint8_t, 3> ShownAt(const FakeScreen& screen, size_t refresh) {
  return PixelAt(*screen.glass()[refresh].image, 0, 0);
}

TEST(CalibrationPictureTest, CardTellsTheScreensWidth) {
  // 1920 pixels on 52.0 cm: 36.92 pixels per cm, the card is 316 pixels wide.
  EXPECT_EQ(CardWidthPixels(52.0, 1920), 316);
  EXPECT_NEAR(ScreenWidthCm(316, 1920), 52.0, 52.0 / 316);
}

TEST(CalibrationPictureTest, OutlineHasTheCardsShapeAndIsCentred) {
  const auto picture = DrawCalibration({800, 600, 1920, 316});
  ASSERT_TRUE(picture.ok()) << picture.status();
  const std::array<uint8_t, 3> white = {255, 255, 255};
  // Within it nothing but the background; its frame begins with the pixel outside: 242 .. 557, and
  // 199 pixels high (316 * 53.98 / 85.60), 200 .. 398.
  for (int x = 242; x < 558; ++x) EXPECT_NE(PixelAt(*picture, x, 300), white) << x;
  EXPECT_EQ(PixelAt(*picture, 241, 280), white);
  EXPECT_EQ(PixelAt(*picture, 558, 280), white);
  EXPECT_NE(PixelAt(*picture, 230, 200), white);
  EXPECT_EQ(PixelAt(*picture, 300, 199), white);
  EXPECT_EQ(PixelAt(*picture, 300, 399), white);
  EXPECT_NE(PixelAt(*picture, 300, 200), white);
  EXPECT_NE(PixelAt(*picture, 300, 398), white);
  // The outermost pixels show whether the monitor cuts anything off.
  EXPECT_EQ(PixelAt(*picture, 0, 7), white);
  EXPECT_EQ(PixelAt(*picture, 799, 590), white);
}

TEST(CalibrationPictureTest, WithoutPixelsThereIsNone) {
  EXPECT_FALSE(DrawCalibration({0, 600, 1920, 316}).ok());
  EXPECT_FALSE(DrawCalibration({800, 600, 1920, 0}).ok());
}

TEST(MeasureScreenWidthTest, ArrowsFitTheFrameAndReturnEnds) {
  ManualClock clock;
  TypedScreen screen(&clock, {"+", "++++++++++", "", "-", "\n"});
  TestTerminal terminal;
  const auto cm = MeasureScreenWidth(&screen, 20, terminal.terminal());
  ASSERT_TRUE(cm.ok()) << cm.status();
  EXPECT_EQ(CardWidthPixels(20, 640), 274);
  EXPECT_DOUBLE_EQ(*cm, ScreenWidthCm(274 + 10, 640));
  EXPECT_EQ(screen.uploads(), 4);  // one for each change
}

TEST(MeasureScreenWidthTest, FrameStaysOnTheScreen) {
  ManualClock clock;
  TypedScreen screen(&clock, {std::string(2000, '+'), "\n"});
  TestTerminal terminal;
  const auto cm = MeasureScreenWidth(&screen, 0, terminal.terminal());
  ASSERT_TRUE(cm.ok()) << cm.status();
  EXPECT_DOUBLE_EQ(*cm, ScreenWidthCm(632, 640));
}

TEST(MeasureScreenWidthTest, EscLeaves) {
  ManualClock clock;
  TypedScreen screen(&clock, {"+"});
  TestTerminal terminal;
  EXPECT_EQ(MeasureScreenWidth(&screen, 20, terminal.terminal()).status().code(),
            absl::StatusCode::kCancelled);
}

TEST(TakeReadingsTest, ShowsEachLevelUntilItsValueIsTyped) {
  ManualClock clock;
  TypedScreen screen(&clock, {"", "0.5\n", "3", ".", "9\b2\n", "40\n", "100\n"});
  TestTerminal terminal;
  const auto readings =
      TakeReadings(&screen, {.channels = {GammaChannel::kGreen}, .steps = 4}, terminal.terminal());
  ASSERT_TRUE(readings.ok()) << readings.status();
  EXPECT_EQ(*readings, (std::vector<GammaReading>{{GammaChannel::kGreen, 0, 0.5},
                                                  {GammaChannel::kGreen, 85, 3.2},
                                                  {GammaChannel::kGreen, 170, 40},
                                                  {GammaChannel::kGreen, 255, 100}}));
  using Rgb = std::array<uint8_t, 3>;
  EXPECT_EQ(ShownAt(screen, 0), (Rgb{0, 0, 0}));
  EXPECT_EQ(ShownAt(screen, 1), (Rgb{0, 0, 0}));
  EXPECT_EQ(ShownAt(screen, 2), (Rgb{0, 85, 0}));
  EXPECT_EQ(ShownAt(screen, 4), (Rgb{0, 85, 0}));
  EXPECT_EQ(ShownAt(screen, 5), (Rgb{0, 170, 0}));
  EXPECT_EQ(ShownAt(screen, 6), (Rgb{0, 255, 0}));
  EXPECT_EQ(screen.glass()[0].where, (PixelRect{0, 0, 640, 480}));
  EXPECT_THAT(terminal.output, HasSubstr("2 of 4: green 85 is on"));
}

TEST(TakeReadingsTest, AWholeListMayComeThroughAPipe) {
  ManualClock clock;
  TypedScreen screen(&clock, std::vector<std::string>(40));
  TestTerminal terminal;
  for (const char* channel : {"red", "green", "blue"}) {
    terminal.input += channel == std::string("blue") ? "0\n1\n5\n9\n" : "0\n2\n20\n60\n";
  }
  const auto readings = TakeReadings(
      &screen,
      {.channels = {GammaChannel::kRed, GammaChannel::kGreen, GammaChannel::kBlue}, .steps = 4},
      terminal.terminal());
  ASSERT_TRUE(readings.ok()) << readings.status();
  ASSERT_EQ(readings->size(), 12u);
  EXPECT_EQ(readings->back(), (GammaReading{GammaChannel::kBlue, 255, 9}));
  EXPECT_TRUE(CalibrateGamma(*readings).ok());
}

TEST(TakeReadingsTest, DarkerThanBeforeIsAskedAgain) {
  ManualClock clock;
  TypedScreen screen(&clock, std::vector<std::string>(40));
  TestTerminal terminal;
  terminal.input = "1\n20\n2.5\n25\n24\n24\n";  // 2.5 was a slip; 24 is so
  const auto readings = TakeReadings(&screen, {.steps = 4}, terminal.terminal());
  ASSERT_TRUE(readings.ok()) << readings.status();
  EXPECT_EQ((*readings)[2].luminance, 25);
  EXPECT_EQ((*readings)[3].luminance, 24);
  EXPECT_THAT(terminal.output, HasSubstr("2.5 is darker than the step before, which gave 20"));
}

TEST(TakeReadingsTest, MinusGoesBackAndRubbishIsRefused) {
  ManualClock clock;
  TypedScreen screen(&clock, std::vector<std::string>(40));
  TestTerminal terminal;
  terminal.input = "-1\nbright\n9\n-8\n30\n60\n";
  const auto readings = TakeReadings(&screen, {.steps = 4}, terminal.terminal());
  ASSERT_TRUE(readings.ok()) << readings.status();
  EXPECT_EQ((*readings)[0].luminance, 1);
  EXPECT_EQ((*readings)[1].luminance, 8);
  EXPECT_THAT(terminal.output, HasSubstr("That is no luminance"));
}

TEST(TakeReadingsTest, StepsOutOfRangeAreRefused) {
  ManualClock clock;
  TypedScreen screen(&clock, {});
  TestTerminal terminal;
  EXPECT_EQ(TakeReadings(&screen, {.steps = 3}, terminal.terminal()).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(TakeReadings(&screen, {.steps = 4}, terminal.terminal()).status().code(),
            absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace evoke
