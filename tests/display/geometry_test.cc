#include "stimulus_display/screen/geometry.h"

#include <limits>

#include "gtest/gtest.h"

namespace evoke {
namespace {

constexpr ScreenSize kScreen = {1920, 1080, 1920};
// 52 cm wide at 57.3 cm: one degree is very nearly one cm, 36.9 pixels.
constexpr ViewingGeometry kViewing = {52, 57.3};

TEST(GeometryTest, SizeInDegreesIsTheChordSeenFromTheEye) {
  // 2 * 57.3 * tan(0.5 deg) = 1.00008 cm.
  EXPECT_NEAR(SizeInPixels(1, kViewing, 1920), 1.00008 * 1920 / 52, 1e-3);
  // 2 d tan(45 deg) = 2 d.
  EXPECT_NEAR(SizeInPixels(90, kViewing, 1920), 2 * 57.3 * 1920 / 52, 1e-9);
}

TEST(GeometryTest, OffsetInDegreesIsMeasuredFromTheLineOfSight) {
  EXPECT_NEAR(OffsetInPixels(45, kViewing, 1920), 57.3 * 1920 / 52, 1e-9);
  EXPECT_NEAR(OffsetInPixels(-45, kViewing, 1920), -57.3 * 1920 / 52, 1e-9);
}

TEST(GeometryTest, ImageOfItsOwnSizeIsCentred) {
  const auto rect = PlaceImage({}, 320, 200, {}, kScreen);
  ASSERT_TRUE(rect.ok()) << rect.status();
  EXPECT_EQ(*rect, (PixelRect{800, 440, 320, 200}));
}

TEST(GeometryTest, OffsetGoesRightAndUp) {
  const auto rect = PlaceImage({SizeUnit::kPixels, 0, 100, 50}, 320, 200, {}, kScreen);
  ASSERT_TRUE(rect.ok()) << rect.status();
  EXPECT_EQ(*rect, (PixelRect{900, 390, 320, 200}));
}

TEST(GeometryTest, HeightKeepsTheAspectRatio) {
  const auto rect = PlaceImage({SizeUnit::kPixels, 640}, 320, 200, {}, kScreen);
  ASSERT_TRUE(rect.ok()) << rect.status();
  EXPECT_EQ(*rect, (PixelRect{640, 340, 640, 400}));
}

TEST(GeometryTest, DegreesBecomePixels) {
  const auto rect = PlaceImage({SizeUnit::kDegrees, 10, 5, 0}, 64, 64, kViewing, kScreen);
  ASSERT_TRUE(rect.ok()) << rect.status();
  EXPECT_EQ(rect->width, 370);  // 2 * 57.3 * tan(5 deg) = 10.026 cm
  EXPECT_EQ(rect->height, 370);
  EXPECT_NEAR(rect->x + rect->width / 2.0, 960 + 185.1, 0.6);
}

TEST(GeometryTest, DegreesCountTheWholeMonitorAndNotTheWindow) {
  const auto rect = PlaceImage({SizeUnit::kDegrees, 10}, 64, 64, kViewing, {800, 600, 1920});
  ASSERT_TRUE(rect.ok()) << rect.status();
  EXPECT_EQ(rect->width, 370);
}

TEST(GeometryTest, DegreesWithoutViewingDistanceAreRefused) {
  const auto rect = PlaceImage({SizeUnit::kDegrees, 10}, 64, 64, {52, 0}, kScreen);
  EXPECT_EQ(rect.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(rect.status().message().find("viewing distance"), absl::string_view::npos);
}

TEST(GeometryTest, ImageThatWouldBeClippedIsRefused) {
  EXPECT_FALSE(PlaceImage({SizeUnit::kPixels, 0, 0, 0}, 1920, 1081 + 1, {}, kScreen).ok());
  EXPECT_FALSE(PlaceImage({SizeUnit::kPixels, 0, 900, 0}, 320, 200, {}, kScreen).ok());
  EXPECT_FALSE(PlaceImage({SizeUnit::kPixels, 1e300}, 320, 200, {}, kScreen).ok());
  EXPECT_TRUE(PlaceImage({SizeUnit::kPixels, 0, 0, 0}, 1920, 1080, {}, kScreen).ok());
}

TEST(GeometryTest, OddSizesStayOnTheScreen) {
  for (int size = 1; size <= 64; ++size) {
    const auto rect = PlaceImage({}, size, size, {}, {64, 64, 64});
    ASSERT_TRUE(rect.ok()) << size << " " << rect.status();
    EXPECT_EQ(rect->width, size);
    EXPECT_GE(rect->x, 0);
    EXPECT_LE(rect->x + rect->width, 64);
    EXPECT_EQ(rect->x, rect->y);
  }
}

TEST(GeometryTest, NumbersThatAreNoneAreRefused) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(PlaceImage({SizeUnit::kPixels, nan}, 8, 8, {}, kScreen).ok());
  EXPECT_FALSE(PlaceImage({SizeUnit::kPixels, -1}, 8, 8, {}, kScreen).ok());
  EXPECT_FALSE(PlaceImage({SizeUnit::kPixels, 0, nan}, 8, 8, {}, kScreen).ok());
  EXPECT_FALSE(PlaceImage({SizeUnit::kDegrees, 180}, 8, 8, kViewing, kScreen).ok());
  EXPECT_FALSE(PlaceImage({SizeUnit::kDegrees, 1, 90}, 8, 8, kViewing, kScreen).ok());
  EXPECT_FALSE(PlaceImage({}, 0, 8, {}, kScreen).ok());
}

}  // namespace
}  // namespace evoke
