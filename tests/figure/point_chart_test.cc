#include "common/figure/point_chart.h"

#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/figure/pixels.h"

namespace evoke {
namespace {

using ::testing::HasSubstr;

std::vector<ChartPoint> Responses() {
  return {{"best of first generation", 14.2, 12.9, 15.5},
          {"best reference image", 21.7, 18.2, 25.2},
          {"final stimulus", 46.3, 40.1, 52.5}};
}

struct Drawn {
  Image image;
  PlotFrame frame;
  Color At(double x, double y) const { return PixelAt(image, frame.PixelX(x), frame.PixelY(y)); }
};

Drawn Draw(const std::vector<ChartPoint>& points, ChartShape shape,
           const PlotOptions& options = {}) {
  auto image = DrawPointChart(points, shape, options);
  auto frame = PointChartFrame(points, shape, options);
  EXPECT_TRUE(image.ok()) << image.status();
  EXPECT_TRUE(frame.ok()) << frame.status();
  if (!image.ok() || !frame.ok()) return {};
  return {*std::move(image), *std::move(frame)};
}

TEST(PointChartTest, PointsAndErrorsStandAtTheirValues) {
  const Drawn drawn = Draw(Responses(), ChartShape::kPoints);
  const std::vector<ChartPoint> points = Responses();
  for (size_t i = 0; i < points.size(); ++i) {
    const double x = static_cast<double>(i);
    for (const double y : {points[i].value, points[i].low, points[i].high}) {
      EXPECT_TRUE(Similar(drawn.At(x, y), kPalette[i])) << i << " " << y;
    }
    EXPECT_FALSE(Similar(drawn.At(x, points[i].high + 2), kPalette[i])) << i;
    EXPECT_FALSE(Similar(drawn.At(x, points[i].low - 2), kPalette[i])) << i;
    EXPECT_FALSE(Similar(drawn.At(x + 0.3, points[i].value), kPalette[i])) << i;
  }
}

TEST(PointChartTest, BarsReachFromZeroToTheValue) {
  const Drawn drawn = Draw({{"a", 10, 10, 10}, {"b", -5, -5, -5}}, ChartShape::kBars);
  EXPECT_EQ(drawn.frame.y.ticks.front(), drawn.frame.y.min);
  EXPECT_LE(drawn.frame.y.min, -5);
  for (const double y : {0.5, 5.0, 9.7}) EXPECT_TRUE(Similar(drawn.At(0.1, y), kPalette[0])) << y;
  for (const double y : {-0.5, -4.7}) EXPECT_TRUE(Similar(drawn.At(1.1, y), kPalette[1])) << y;
  EXPECT_FALSE(Similar(drawn.At(0.1, 10.3), kPalette[0]));
  EXPECT_FALSE(Similar(drawn.At(0.1, -0.5), kPalette[0]));
  EXPECT_FALSE(Similar(drawn.At(1.1, 0.5), kPalette[1]));
}

TEST(PointChartTest, AxisHoldsEveryError) {
  for (const ChartShape shape : {ChartShape::kPoints, ChartShape::kBars}) {
    const auto frame = PointChartFrame({{"a", 10, -30, 50}, {"b", 11, 5, 100}}, shape, {});
    ASSERT_TRUE(frame.ok()) << frame.status();
    EXPECT_LE(frame->y.min, -30);
    EXPECT_GE(frame->y.max, 100);
  }
}

TEST(PointChartTest, BarsIncludeZeroAndPointsOnRequest) {
  const std::vector<ChartPoint> points = {{"a", 100, 99, 101}, {"b", 101, 100, 102}};
  EXPECT_GT(PointChartFrame(points, ChartShape::kPoints, {})->y.min, 90);
  EXPECT_EQ(PointChartFrame(points, ChartShape::kPoints, {.y_from_zero = true})->y.min, 0);
  EXPECT_EQ(PointChartFrame(points, ChartShape::kBars, {})->y.min, 0);
}

TEST(PointChartTest, ValueIsWrittenBesideThePoint) {
  const Drawn drawn = Draw(Responses(), ChartShape::kPoints);
  int ink = 0;
  const double y = drawn.frame.PixelY(46.3);
  for (double dy = -10; dy <= 10; ++dy) {
    for (double dx = 14; dx < 80; ++dx) {
      ink += Similar(PixelAt(drawn.image, drawn.frame.PixelX(2) + dx, y + dy), kInk);
    }
  }
  EXPECT_GT(ink, 30);
}

TEST(PointChartTest, ManyLongLabelsStayInThePicture) {
  std::vector<ChartPoint> points;
  for (int i = 0; i < 40; ++i) {
    points.push_back({"unit conv2/" + std::to_string(i) + "@4,4 of a network with a long name",
                      1.0 * i, i - 1.0, i + 1.0});
  }
  for (const ChartShape shape : {ChartShape::kPoints, ChartShape::kBars}) {
    const Drawn drawn = Draw(points, shape, {.title = "All units", .y_label = "spikes"});
    EXPECT_TRUE(EdgeIsWhite(drawn.image, 8));
    EXPECT_GT(drawn.frame.bottom - drawn.frame.top, 250);
    EXPECT_TRUE(Similar(drawn.At(30, 29.9), shape == ChartShape::kPoints ? kPalette[0] : kInk));
  }
}

void ExpectRefused(const std::vector<ChartPoint>& points, const std::string& words) {
  const auto image = DrawPointChart(points, ChartShape::kBars, {.title = "Gain"});
  ASSERT_EQ(image.status().code(), absl::StatusCode::kInvalidArgument) << words;
  EXPECT_THAT(std::string(image.status().message()), HasSubstr("Gain"));
  EXPECT_THAT(std::string(image.status().message()), HasSubstr(words));
}

TEST(PointChartTest, WhatCanNotBeDrawnIsRefusedAndNamed) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  ExpectRefused({}, "0 points");
  ExpectRefused(std::vector<ChartPoint>(41), "41 points");
  ExpectRefused({{"unit 3", nan, 0, 0}}, "'unit 3': value");
  ExpectRefused({{"unit 3", 0, nan, 0}}, "'unit 3': low");
  ExpectRefused({{"unit 3", 0, 0, nan}}, "'unit 3': high");
  ExpectRefused({{"unit 3", 1, 2, 0}}, "'unit 3': low = 2 is above");
  EXPECT_EQ(DrawPointChart(Responses(), ChartShape::kBars, {.width = 10}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace evoke
