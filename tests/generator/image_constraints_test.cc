#include "server/generator/image_constraints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "common/random.h"

namespace evoke {
namespace {

using ::testing::StartsWith;

constexpr int kSide = 32;

// Smooth blobs of colour with values between 60 and 190.
Image Colourful() {
  Image image = UniformImage(kSide, kSide, 0);
  for (int i = 0; i < kSide * kSide; ++i) {
    for (int c = 0; c < 3; ++c) {
      const double wave = std::sin(i % kSide * 0.3 * (c + 1)) * std::cos(i / kSide * 0.4);
      image.rgb[3 * i + c] = static_cast<uint8_t>(125 + 65 * wave);
    }
  }
  return image;
}

Image Noise(uint64_t seed) {
  Rng rng(seed);
  Image image = UniformImage(kSide, kSide, 0);
  for (uint8_t& value : image.rgb) value = static_cast<uint8_t>(rng.Index(256));
  return image;
}

TEST(ImageConstraintsTest, NoneLeaveTheImageAlone) {
  EXPECT_FALSE(ImageConstraints().any());
  EXPECT_EQ(ApplyConstraints(Colourful(), {}), Colourful());
}

TEST(ImageConstraintsTest, GrayIsTheLuminance) {
  const Image image = Colourful();
  const Image gray = ApplyConstraints(image, {.gray = true});
  for (size_t i = 0; i < image.rgb.size(); i += 3) {
    const double luminance =
        0.2126 * image.rgb[i] + 0.7152 * image.rgb[i + 1] + 0.0722 * image.rgb[i + 2];
    ASSERT_NEAR(gray.rgb[i], luminance, 0.501);
    ASSERT_EQ(gray.rgb[i], gray.rgb[i + 1]);
    ASSERT_EQ(gray.rgb[i], gray.rgb[i + 2]);
  }
}

TEST(ImageConstraintsTest, MeanAndContrastAreMet) {
  ImageConstraints constraints;
  constraints.mean_luminance = 0.4;
  constraints.rms_contrast = 0.12;
  for (const Image& image : {Colourful(), Noise(1)}) {
    const LuminanceStatistics got =
        MeasureLuminance(ApplyConstraints(image, constraints), std::nullopt);
    EXPECT_NEAR(got.mean, 0.4, 0.001);
    EXPECT_NEAR(got.rms_contrast, 0.12, 0.001);
  }
}

TEST(ImageConstraintsTest, OneMeasureLeavesTheOther) {
  const LuminanceStatistics before = MeasureLuminance(Colourful(), std::nullopt);
  ImageConstraints mean;
  mean.mean_luminance = 0.45;
  const LuminanceStatistics moved =
      MeasureLuminance(ApplyConstraints(Colourful(), mean), std::nullopt);
  EXPECT_NEAR(moved.mean, 0.45, 0.001);
  EXPECT_NEAR(moved.rms_contrast, before.rms_contrast, 0.001);
  ImageConstraints contrast;
  contrast.rms_contrast = 0.05;
  const LuminanceStatistics flattened =
      MeasureLuminance(ApplyConstraints(Colourful(), contrast), std::nullopt);
  EXPECT_NEAR(flattened.mean, before.mean, 0.001);
  EXPECT_NEAR(flattened.rms_contrast, 0.05, 0.001);
}

TEST(ImageConstraintsTest, ClippingIsMadeUpFor) {
  // Noise stretched to this contrast leaves [0, 1]: without correction it would fall short.
  ImageConstraints constraints;
  constraints.mean_luminance = 0.5;
  constraints.rms_contrast = 0.35;
  const LuminanceStatistics got =
      MeasureLuminance(ApplyConstraints(Noise(2), constraints), std::nullopt);
  EXPECT_NEAR(got.mean, 0.5, 0.003);
  EXPECT_NEAR(got.rms_contrast, 0.35, 0.003);
}

TEST(ImageConstraintsTest, AnImageWithoutContrastOnlyGetsTheMean) {
  ImageConstraints constraints;
  constraints.mean_luminance = 0.5;
  constraints.rms_contrast = 0.2;
  const Image got = ApplyConstraints(UniformImage(8, 8, 10), constraints);
  EXPECT_EQ(got, UniformImage(8, 8, got.rgb[0]));
  EXPECT_NEAR(got.rgb[0], 127.5, 0.51);
}

TEST(ImageConstraintsTest, ContrastZeroIsAUniformLuminance) {
  ImageConstraints constraints;
  constraints.gray = true;
  constraints.rms_contrast = 0;
  const Image got = ApplyConstraints(Colourful(), constraints);
  EXPECT_EQ(got, UniformImage(kSide, kSide, got.rgb[0]));
}

TEST(ImageConstraintsTest, MaskKeepsTheCentreAndShowsTheBackgroundOutside) {
  ImageConstraints constraints;
  constraints.mask = ImageConstraints::Mask{0.6, 0.2, 0.25};
  const Image image = UniformImage(kSide, kSide, 200);
  const Image got = ApplyConstraints(image, constraints);
  const auto at = [&](int row, int col) { return got.rgb[(row * kSide + col) * 3]; };
  EXPECT_EQ(at(16, 16), 200);
  EXPECT_EQ(at(16, 22),
            200);  // 6.5 of 32 from the centre; the edge begins at 6.4 and is flat there
  EXPECT_EQ(at(0, 0), 64);
  EXPECT_EQ(at(16, 2), 64);
  for (int col = 16; col < kSide - 1; ++col) EXPECT_GE(at(16, col), at(16, col + 1));
  // Half way over the edge both have the same share.
  EXPECT_NEAR((at(16, 25) + at(16, 26)) / 2.0, (200 + 64) / 2.0, 25);
}

TEST(ImageConstraintsTest, AMaskWithoutEdgeIsSharp) {
  ImageConstraints constraints;
  constraints.mask = ImageConstraints::Mask{0.5, 0, 0};
  const Image got = ApplyConstraints(UniformImage(kSide, kSide, 255), constraints);
  for (uint8_t value : got.rgb) EXPECT_TRUE(value == 0 || value == 255);
}

TEST(ImageConstraintsTest, MeasuresAreThoseInsideTheMask) {
  ImageConstraints constraints;
  constraints.mean_luminance = 0.5;
  constraints.rms_contrast = 0.1;
  constraints.mask = ImageConstraints::Mask{0.5, 0, 0};
  Image image = Colourful();
  const Image got = ApplyConstraints(image, constraints);
  const LuminanceStatistics inside = MeasureLuminance(got, constraints.mask);
  EXPECT_NEAR(inside.mean, 0.5, 0.001);
  EXPECT_NEAR(inside.rms_contrast, 0.1, 0.001);
  // What lies outside has no say.
  for (int i = 0; i < 3 * kSide; ++i) image.rgb[i] = 255;
  EXPECT_EQ(ApplyConstraints(image, constraints), got);
}

TEST(ImageConstraintsTest, AMaskSmallerThanAPixelLeavesTheBackground) {
  ImageConstraints constraints;
  constraints.mean_luminance = 0.5;
  constraints.rms_contrast = 0.1;
  constraints.mask = ImageConstraints::Mask{0.01, 0, 1};
  EXPECT_EQ(ApplyConstraints(Colourful(), constraints), UniformImage(kSide, kSide, 255));
}

TEST(ImageConstraintsTest, HueIsKept) {
  ImageConstraints constraints;
  constraints.rms_contrast = MeasureLuminance(Colourful(), std::nullopt).rms_contrast / 2;
  const Image before = Colourful();
  const Image after = ApplyConstraints(before, constraints);
  for (size_t i = 0; i < before.rgb.size(); i += 3) {
    // Differences of channels shrink by the factor of the contrast.
    ASSERT_NEAR(after.rgb[i] - after.rgb[i + 1], (before.rgb[i] - before.rgb[i + 1]) / 2.0, 1.5);
  }
}

TEST(ImageConstraintsTest, FieldsAreChecked) {
  const auto message = [](const ImageConstraints& constraints) {
    return std::string(constraints.Validate().message());
  };
  EXPECT_TRUE(ImageConstraints().Validate().ok());
  EXPECT_THAT(message({.mean_luminance = 1.5}),
              StartsWith("image_constraints.mean_luminance: 1.5; "));
  EXPECT_THAT(message({.rms_contrast = std::nan("")}),
              StartsWith("image_constraints.rms_contrast: nan"));
  EXPECT_THAT(message({.mask = ImageConstraints::Mask{.diameter = 0}}),
              StartsWith("image_constraints.mask.diameter: 0; "));
  EXPECT_THAT(message({.mask = ImageConstraints::Mask{.diameter = 0.5, .edge = 0.6}}),
              StartsWith("image_constraints.mask.edge: 0.6; "));
  EXPECT_THAT(message({.mask = ImageConstraints::Mask{.background = -1}}),
              StartsWith("image_constraints.mask.background: -1; "));
}

}  // namespace
}  // namespace evoke
