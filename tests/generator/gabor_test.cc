#include "server/generator/gabor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/generator/pull_back.h"

namespace evoke {
namespace {

constexpr int kSize = 64;

// A large gray vertical grating of 4 cycles.
LatentPoint Base() {
  LatentPoint point(Gabor::kCoordinates, 0);
  point[Gabor::kOrientation] = 90;
  point[Gabor::kFrequency] = 2;
  point[Gabor::kSize] = -1;
  point[Gabor::kContrast] = 1;
  point[Gabor::kElevation] = 90;
  return point;
}

LatentPoint With(Gabor::Coordinate coordinate, double value) {
  LatentPoint point = Base();
  point[coordinate] = value;
  return point;
}

Image Draw(const LatentPoint& point) { return Gabor(kSize, "sum").Decode({point}).value()[0]; }

int Pixel(const Image& image, int row, int col, int channel = 0) {
  return image.rgb[(row * image.width + col) * 3 + channel];
}

TEST(GaborTest, OrientationIsThatOfTheStripes) {
  const Image vertical = Draw(Base());
  const Image horizontal = Draw(With(Gabor::kOrientation, 0));
  for (int i = 0; i < kSize; ++i) {
    // Along a stripe only the window changes, and that is alike on both sides of the centre.
    EXPECT_NEAR(Pixel(vertical, i, 20), Pixel(vertical, kSize - 1 - i, 20), 1);
    EXPECT_NEAR(Pixel(horizontal, 20, i), Pixel(vertical, i, 20), 1);
  }
  // Counterclockwise: at 45 degrees the stripe through the centre runs up to the right.
  const Image tilted = Draw(With(Gabor::kOrientation, 45));
  EXPECT_GT(Pixel(tilted, 28, 35), 200);
  EXPECT_LT(Pixel(tilted, 28, 28), 150);
}

TEST(GaborTest, FrequencyIsInCyclesPerImage) {
  for (int log2 : {1, 2, 3, 4}) {
    const Image image = Draw(With(Gabor::kFrequency, log2));
    int crossings = 0;
    for (int col = 1; col < kSize; ++col) {
      crossings += (Pixel(image, 32, col) > 127) != (Pixel(image, 32, col - 1) > 127);
    }
    EXPECT_EQ(crossings, 2 << log2) << log2;
  }
}

TEST(GaborTest, PhaseZeroIsBrightestInTheCentreAndHalfATurnDarkest) {
  EXPECT_GT(Pixel(Draw(Base()), 32, 32), 240);
  EXPECT_LT(Pixel(Draw(With(Gabor::kPhase, 180)), 32, 32), 15);
  EXPECT_EQ(Draw(With(Gabor::kPhase, 360)), Draw(Base()));
}

TEST(GaborTest, PositionMovesThePatch) {
  LatentPoint point = With(Gabor::kSize, -4);
  point[Gabor::kX] = 0.25;
  point[Gabor::kY] = 0.25;
  const Image image = Draw(point);
  double energy = 0;
  double row = 0;
  double col = 0;
  for (int y = 0; y < kSize; ++y) {
    for (int x = 0; x < kSize; ++x) {
      const double d = (Pixel(image, y, x) - 127.5) * (Pixel(image, y, x) - 127.5);
      energy += d;
      row += d * (y + 0.5);
      col += d * (x + 0.5);
    }
  }
  EXPECT_NEAR(row / energy, 16, 0.5);  // up
  EXPECT_NEAR(col / energy, 48, 0.5);  // right
}

TEST(GaborTest, SizeIsTheWindowsDeviation) {
  LatentPoint point = With(Gabor::kFrequency, 0);
  point[Gabor::kOrientation] = 0;
  point[Gabor::kSize] = -3;  // 8 of 64 pixels
  const Image image = Draw(point);
  const double center = Pixel(image, 32, 32) - 127.5;
  const double one_deviation = Pixel(image, 32, 40) - 127.5;
  EXPECT_NEAR(one_deviation / center, std::exp(-0.5), 0.05);
}

TEST(GaborTest, ContrastScalesAndZeroIsTheGround) {
  const Image none = Draw(With(Gabor::kContrast, 0));
  EXPECT_EQ(none, UniformImage(kSize, kSize, none.rgb[0]));
  EXPECT_NEAR(none.rgb[0], 127.5, 0.5);
  const Image half = Draw(With(Gabor::kContrast, 0.5));
  EXPECT_NEAR((Pixel(half, 32, 32) - 127.5) / (Pixel(Draw(Base()), 32, 32) - 127.5), 0.5, 0.01);
}

TEST(GaborTest, ColoursAreOpponentAndGrayHasNone) {
  const auto center = [](double azimuth, double elevation, int channel) {
    LatentPoint point = With(Gabor::kAzimuth, azimuth);
    point[Gabor::kElevation] = elevation;
    return Pixel(Draw(point), 32, 32, channel) - 127.5;
  };
  for (int channel : {1, 2}) EXPECT_EQ(center(70, 90, channel), center(0, 90, 0));
  EXPECT_GT(center(0, 0, 0), 100);  // red
  EXPECT_LT(center(0, 0, 1), -100);
  EXPECT_NEAR(center(0, 0, 2), 0, 1);
  EXPECT_GT(center(90, 0, 2), 100);  // blue
  EXPECT_LT(center(90, 0, 0), -100);
  EXPECT_LT(center(90, 0, 1), -100);
}

TEST(GaborTest, FineGratingsDoNotAlias) {
  // A beat between grating and pixels would leave rows of another mean.
  LatentPoint point = With(Gabor::kFrequency, std::log2(kSize / 4.0));
  for (double orientation : {0.0, 30.0, 77.0}) {
    point[Gabor::kOrientation] = orientation;
    const Image image = Draw(point);
    for (int y = 16; y < 48; y += 4) {
      double mean = 0;
      for (int i = 0; i < 16 * 4; ++i) mean += Pixel(image, y + i / 16, 24 + i % 16) / 64.0;
      EXPECT_NEAR(mean, 127.5, 4) << orientation << " " << y;
    }
  }
}

TEST(GaborTest, SamplesAreValidImagesWhateverTheBatch) {
  const Gabor gabor(32, "sum");
  EXPECT_TRUE(gabor.latent_space().Validate().ok());
  Rng rng(4);
  std::vector<LatentPoint> points;
  for (int i = 0; i < 20; ++i) points.push_back(gabor.latent_space().Sample(rng));
  const std::vector<Image> images = gabor.Decode(points).value();
  for (size_t i = 0; i < points.size(); ++i) {
    EXPECT_TRUE(images[i].valid());
    EXPECT_EQ(gabor.Decode({points[i]}).value()[0], images[i]);
  }
  EXPECT_NE(images[0], images[1]);
}

TEST(GaborTest, GradientsTellHowTheImageChanges) {
  const Gabor gabor(32, "sum");
  LatentPoint point = Base();
  point[Gabor::kX] = 0.1;
  point[Gabor::kSize] = -2;
  point[Gabor::kPhase] = 20;
  point[Gabor::kContrast] = 0.8;
  point[Gabor::kAzimuth] = 40;
  point[Gabor::kElevation] = 50;
  for (const Gabor::Coordinate moved : {Gabor::kX, Gabor::kContrast, Gabor::kSize}) {
    LatentPoint other = point;
    other[moved] -= 0.1;
    const PixelWeights weights = Change(gabor, point, other);
    EXPECT_NEAR(ChangeAlongGradient(gabor, point, weights, 0.02), 1, 0.05);
  }
}

TEST(GaborTest, WhatItLacksIsUnimplementedAndPointsOutsideAreRefused) {
  const Gabor gabor(32, "sum");
  EXPECT_EQ(gabor.Score({UniformImage(32, 32, 0)}).status().code(),
            absl::StatusCode::kUnimplemented);
  EXPECT_EQ(gabor.Encode({UniformImage(32, 32, 0)}).status().code(),
            absl::StatusCode::kUnimplemented);
  EXPECT_EQ(gabor.Decode({With(Gabor::kContrast, 1.1)}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace evoke
