#include "common/figure/plot.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/figure/pixels.h"

namespace evoke {
namespace {

using ::testing::HasSubstr;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Series Rising() {
  Series series;
  for (int i = 0; i <= 10; ++i) {
    series.x.push_back(i);
    series.y.push_back(3.0 + 4.0 * i);
  }
  return series;
}

struct Drawn {
  Image image;
  PlotFrame frame;
  Color At(double x, double y) const { return PixelAt(image, frame.PixelX(x), frame.PixelY(y)); }
};

Drawn Draw(const std::vector<Series>& series, const PlotOptions& options = {}) {
  auto image = DrawLinePlot(series, options);
  auto frame = LinePlotFrame(series, options);
  EXPECT_TRUE(image.ok()) << image.status();
  EXPECT_TRUE(frame.ok()) << frame.status();
  if (!image.ok() || !frame.ok()) return {};
  return {*std::move(image), *std::move(frame)};
}

TEST(PlotTest, PictureHasTheSizeAskedFor) {
  const Drawn drawn = Draw({Rising()}, {.width = 700, .height = 500});
  EXPECT_EQ(drawn.image.width, 700);
  EXPECT_EQ(drawn.image.height, 500);
  EXPECT_TRUE(drawn.image.valid());
}

TEST(PlotTest, LineRunsThroughTheDataAndNowhereElse) {
  const Drawn drawn = Draw({Rising()});
  for (double x = 0; x <= 10; x += 0.25) {
    EXPECT_TRUE(Similar(drawn.At(x, 3 + 4 * x), kPalette[0])) << x;
  }
  const double slope = -4 * (drawn.frame.PixelY(0) - drawn.frame.PixelY(1)) /
                       (drawn.frame.PixelX(1) - drawn.frame.PixelX(0));
  int inked = 0;
  for (int row = 0; row < drawn.image.height; ++row) {
    for (int column = 0; column < drawn.image.width; ++column) {
      if (!Similar(PixelAt(drawn.image, column, row), kPalette[0])) continue;
      ++inked;
      const double on_line = drawn.frame.PixelY(3) + slope * (column + 0.5 - drawn.frame.PixelX(0));
      ASSERT_NEAR(row + 0.5, on_line, 5) << column;
    }
  }
  EXPECT_GT(inked, 1000);
}

TEST(PlotTest, LaterSeriesTakeTheNextColorsOfThePalette) {
  std::vector<Series> all;
  for (int i = 0; i < 8; ++i) {
    Series series;
    series.x = {0, 1};
    series.y = {1.0 * i, 1.0 * i};
    all.push_back(series);
  }
  all[2].style.color = Color{1, 200, 3};
  const Drawn drawn = Draw(all);
  for (size_t i = 0; i < 8; ++i) {
    const Color color = i == 2 ? Color{1, 200, 3} : kPalette[i];
    EXPECT_TRUE(Similar(drawn.At(0.37, static_cast<double>(i)), color)) << i;
  }
}

TEST(PlotTest, StepsHoldTheirValueUntilTheNext) {
  Series series;
  series.x = {0, 1, 2};
  series.y = {0, 10, 20};
  series.style.shape = SeriesShape::kSteps;
  const Drawn drawn = Draw({series});
  EXPECT_TRUE(Similar(drawn.At(0.5, 0), kPalette[0]));
  EXPECT_TRUE(Similar(drawn.At(1.8, 10), kPalette[0]));
  EXPECT_TRUE(Similar(drawn.At(1, 7), kPalette[0])) << "the riser";
  EXPECT_TRUE(Similar(drawn.At(2.03, 20), kPalette[0])) << "the last value holds as well";
  EXPECT_FALSE(Similar(drawn.At(0.5, 5), kPalette[0])) << "no slope";
}

TEST(PlotTest, MarkersAloneDrawNoLine) {
  Series series = Rising();
  series.style.shape = SeriesShape::kMarkers;
  const Drawn drawn = Draw({series});
  EXPECT_TRUE(Similar(drawn.At(4, 19), kPalette[0]));
  EXPECT_FALSE(Similar(drawn.At(4.5, 21), kPalette[0]));
}

TEST(PlotTest, DashedLineHasGaps) {
  Series series;
  series.x = {0, 1};
  series.y = {1, 1};
  series.style.dashed = true;
  const Drawn drawn = Draw({series});
  int on = 0;
  int off = 0;
  for (double x = drawn.frame.PixelX(0) + 3; x < drawn.frame.PixelX(1) - 3; ++x) {
    const Color color = PixelAt(drawn.image, x, drawn.frame.PixelY(1));
    on += Similar(color, kPalette[0]);
    off += !Similar(color, kPalette[0]);
  }
  EXPECT_GT(on, 300);
  EXPECT_GT(off, 200);
}

TEST(PlotTest, BandIsATintBetweenLowAndHigh) {
  Series series;
  series.x = {0, 1};
  series.y = {10, 10};
  series.low = {8.3, 8.3};
  series.high = {13.3, 13.3};
  const Drawn drawn = Draw({series});
  const Color tint = {204, 227, 240};  // a fifth of the blue over white
  EXPECT_TRUE(Similar(drawn.At(0.33, 12.7), tint));
  EXPECT_TRUE(Similar(drawn.At(0.33, 8.7), tint));
  EXPECT_TRUE(Similar(drawn.At(0.33, 13.6), kWhite));
  EXPECT_TRUE(Similar(drawn.At(0.33, 8.1), kWhite));
}

TEST(PlotTest, BarsStandAtThePointsOnly) {
  Series series;
  series.x = {0, 1, 2};
  series.y = {10, 10, 10};
  series.low = {7, 7, 7};
  series.high = {13, 13, 13};
  series.style.error = ErrorShape::kBars;
  const Drawn drawn = Draw({series});
  for (const double y : {7.0, 8.4, 11.6, 13.0}) {
    EXPECT_TRUE(Similar(drawn.At(1, y), kPalette[0])) << y;
    EXPECT_TRUE(Similar(drawn.At(0.45, y), kWhite) || Similar(drawn.At(0.45, y), kGridGray)) << y;
  }
}

TEST(PlotTest, AxesHoldEveryErrorAndPoint) {
  Series series = Rising();
  for (const double y : series.y) {
    series.low.push_back(y - 30);
    series.high.push_back(y + 100);
  }
  for (const bool from_zero : {false, true}) {
    const auto frame = LinePlotFrame({series}, {.y_from_zero = from_zero});
    ASSERT_TRUE(frame.ok()) << frame.status();
    EXPECT_LE(frame->y.min, -27);
    EXPECT_GE(frame->y.max, 143);
    EXPECT_LE(frame->x.min, 0);
    EXPECT_GE(frame->x.max, 10);
    EXPECT_GE(frame->PixelY(143), frame->top);
    EXPECT_LE(frame->PixelY(-27), frame->bottom);
  }
}

TEST(PlotTest, ZeroIsIncludedOnRequestOnly) {
  Series series;
  series.x = {0, 1};
  series.y = {100, 101};
  EXPECT_GT(LinePlotFrame({series}, {})->y.min, 90);
  EXPECT_EQ(LinePlotFrame({series}, {.y_from_zero = true})->y.min, 0);
}

TEST(PlotTest, GenerationsAreLabelledByWholeNumbers) {
  Series series;
  series.x = {1, 2, 3};
  series.y = {1, 2, 3};
  EXPECT_THAT(LinePlotFrame({series}, {})->x.ticks, ::testing::ElementsAre(1, 2, 3));
  series.x = {1, 2, 2.5};
  EXPECT_LT(LinePlotFrame({series}, {})->x.step, 1);
}

TEST(PlotTest, LegendHidesNoData) {
  Series first = Rising();
  first.label = "best so far";
  Series second = Rising();
  second.label = "mean of the generation";
  for (double& y : second.y) y = 43 - y;
  const Drawn drawn = Draw({first, second});
  for (double x = 0; x <= 10; x += 0.25) {
    if (std::abs(x - 4.63) < 0.5) continue;  // the lines cross
    EXPECT_TRUE(Similar(drawn.At(x, 3 + 4 * x), kPalette[0])) << x;
    EXPECT_TRUE(Similar(drawn.At(x, 40 - 4 * x), kPalette[1])) << x;
  }
}

TEST(PlotTest, LegendStandsBesideAFullPlot) {
  Series series;
  series.label = "everywhere";
  for (int i = 0; i < 100; ++i) {
    series.x.push_back(i * 0.1);
    series.y.push_back(i % 2);
  }
  std::vector<Series> all(5, series);
  const auto with_legend = LinePlotFrame(all, {});
  for (Series& s : all) s.label.clear();
  const auto without = LinePlotFrame(all, {});
  EXPECT_LT(with_legend->right, without->right - 100);
}

TEST(PlotTest, LongWordsStayInThePicture) {
  Series series = Rising();
  for (double& y : series.y) y = y * 1e5 + 1e6;
  series.label = std::string(300, 'w');
  std::string words = "evoked";
  for (int i = 0; i < 30; ++i) words += " response";
  const PlotOptions options{.title = words, .x_label = words, .y_label = words};
  const Drawn drawn = Draw({series}, options);
  EXPECT_TRUE(EdgeIsWhite(drawn.image, 8));
  EXPECT_GT(drawn.frame.bottom - drawn.frame.top, 300);
  EXPECT_GT(drawn.frame.right - drawn.frame.left, 300);
}

TEST(PlotTest, SmallAndLargePicturesKeepTheirMargins) {
  Series series = Rising();
  series.label = "unit";
  for (const int width : {360, 2400}) {
    const Drawn drawn = Draw({series}, {.title = "Response",
                                        .x_label = "generation",
                                        .y_label = "spikes",
                                        .width = width,
                                        .height = width * 2 / 3});
    EXPECT_TRUE(EdgeIsWhite(drawn.image, 3)) << width;
    EXPECT_TRUE(Similar(drawn.At(5, 23), kPalette[0])) << width;
  }
}

TEST(PlotTest, OnePointIsSeenWithItsError) {
  Series series;
  series.x = {3};
  series.y = {0.001};
  series.low = {0.0008};
  series.high = {0.0012};
  const Drawn drawn = Draw({series});
  EXPECT_TRUE(Similar(drawn.At(3, 0.001), kPalette[0]));
  EXPECT_TRUE(Similar(drawn.At(3, 0.0011), kPalette[0]));
}

TEST(PlotTest, SameInputGivesTheSamePicture) {
  EXPECT_EQ(Draw({Rising()}).image, Draw({Rising()}).image);
}

void ExpectRefused(const std::vector<Series>& series, const std::string& words) {
  const auto image = DrawLinePlot(series, {.title = "Tuning"});
  ASSERT_EQ(image.status().code(), absl::StatusCode::kInvalidArgument) << words;
  EXPECT_THAT(std::string(image.status().message()), HasSubstr("Tuning"));
  EXPECT_THAT(std::string(image.status().message()), HasSubstr(words));
  EXPECT_EQ(LinePlotFrame(series, {.title = "Tuning"}).status(), image.status());
}

TEST(PlotTest, NumbersThatAreNoneAreRefusedAndNamed) {
  Series good = Rising();
  good.low = good.high = good.y;
  good.label = "unit 3";
  for (const double bad : {kNan, std::numeric_limits<double>::infinity(), -1e300}) {
    Series series = good;
    series.x[1] = bad;
    ExpectRefused({good, series}, "'unit 3': x[1]");
    series = good;
    series.y[2] = bad;
    ExpectRefused({good, series}, "'unit 3': y[2]");
    series = good;
    series.low[3] = bad;
    ExpectRefused({good, series}, "'unit 3': low[3]");
    series = good;
    series.high[4] = bad;
    ExpectRefused({good, series}, "'unit 3': high[4]");
  }
}

TEST(PlotTest, SeriesThatMakeNoSenseAreRefused) {
  ExpectRefused({}, "0 series");
  ExpectRefused(std::vector<Series>(17, Rising()), "17 series");
  ExpectRefused({Series{.label = "unit 3"}}, "'unit 3' has no points");
  Series series = Rising();
  series.y.pop_back();
  ExpectRefused({series}, "11 x and 10 y");
  series = Rising();
  series.low = series.y;
  ExpectRefused({series}, "11 low and 0 high");
  series.high = series.y;
  series.high[5] -= 1;
  ExpectRefused({series}, "is above high[5]");
  series = Rising();
  std::swap(series.x[3], series.x[4]);
  ExpectRefused({series}, "x[4] is below x[3]");
  series.style.shape = SeriesShape::kMarkers;
  EXPECT_TRUE(DrawLinePlot({series}, {}).ok()) << "a scatter has no order";
}

TEST(PlotTest, ImpossibleSizesAreRefused) {
  for (const int side : {-1, 0, 100, 100000}) {
    EXPECT_EQ(DrawLinePlot({Rising()}, {.width = side}).status().code(),
              absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(DrawLinePlot({Rising()}, {.height = side}).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace evoke
