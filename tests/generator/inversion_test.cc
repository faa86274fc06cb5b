#include "server/generator/inversion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/generator/gabor.h"
#include "server/generator/sn_gan.h"
#include "tests/generator/random_sn_gan.h"
#include "tests/support/fake_generator.h"

namespace evoke {
namespace {

using ::testing::HasSubstr;

// Continuous, but without gradients.
class Blind : public Generator {
 public:
  Blind() {
    space_.dimensions = {LatentDimension::Continuous(0, 1, LatentDimension::Prior::kUniform)};
  }
  const LatentSpace& latent_space() const override { return space_; }
  int image_width() const override { return 2; }
  int image_height() const override { return 2; }
  const std::string& weights_sha256() const override { return sha256_; }
  absl::StatusOr<std::vector<Image>> Decode(absl::Span<const LatentPoint> points) const override {
    return std::vector<Image>(points.size(), UniformImage(2, 2, 0));
  }

 private:
  LatentSpace space_;
  const std::string sha256_ = "blind";
};

LatentPoint Patch() {
  LatentPoint point(Gabor::kCoordinates, 0);
  point[Gabor::kOrientation] = 70;
  point[Gabor::kFrequency] = 1.2;
  point[Gabor::kPhase] = 150;
  point[Gabor::kSize] = -2;
  point[Gabor::kX] = 0.1;
  point[Gabor::kContrast] = 0.7;
  point[Gabor::kElevation] = 90;
  return point;
}

double Error(const Image& a, const Image& b) {
  double sum = 0;
  for (size_t i = 0; i < a.rgb.size(); ++i) {
    sum += (a.rgb[i] - b.rgb[i]) * (a.rgb[i] - b.rgb[i]) / 65025.0;
  }
  return sum / static_cast<double>(a.rgb.size());
}

TEST(InversionTest, FindsAPatchAgainAndReportsItsError) {
  const Gabor gabor(16, "sum");
  const Image target = gabor.Decode({Patch()}).value()[0];
  InversionOptions options;
  options.starts = 6;
  const auto found = InvertImages(gabor, {target}, options);
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->size(), 1u);
  const Inversion& inversion = (*found)[0];
  EXPECT_TRUE(gabor.latent_space().Contains(inversion.point).ok());
  const double blank = Error(target, UniformImage(16, 16, 128));
  EXPECT_LT(inversion.error, 0.05 * blank);
  EXPECT_NEAR(inversion.error, Error(target, gabor.Decode({inversion.point}).value()[0]), 1e-12);
}

TEST(InversionTest, FindsImagesOfAnSnGan) {
  const auto generator = SnGan::Create(RandomSnGan(SmallSnGan(3))).value();
  Rng rng(8);
  const LatentPoint point = generator->latent_space().Sample(rng);
  const Image target = generator->Decode({point}).value()[0];
  InversionOptions options;
  options.starts = 2;
  options.steps = 100;
  const auto found = InvertImages(*generator, {target}, options);
  ASSERT_TRUE(found.ok()) << found.status();
  const double start = Error(target, generator->Decode({LatentPoint(6, 0)}).value()[0]);
  EXPECT_LT((*found)[0].error, 0.1 * start);
}

TEST(InversionTest, ResultIsThatOfTheSeedAndTheImageAlone) {
  const Gabor gabor(16, "sum");
  const Image target = gabor.Decode({Patch()}).value()[0];
  const Image other = UniformImage(16, 16, 200);
  InversionOptions options;
  options.starts = 3;
  options.steps = 20;
  const Inversion alone = InvertImages(gabor, {target}, options).value()[0];
  const Inversion second = InvertImages(gabor, {other, target}, options).value()[1];
  EXPECT_EQ(alone.point, second.point);
  EXPECT_EQ(alone.error, second.error);
  options.starts = 1;  // a start more can't make it worse
  EXPECT_GE(InvertImages(gabor, {target}, options).value()[0].error, alone.error);
}

TEST(InversionTest, WhatCannotBeInvertedIsRefused) {
  const Gabor gabor(16, "sum");
  const auto invert = [](const Generator& generator, const Image& image,
                         const InversionOptions& options) {
    return InvertImages(generator, {image}, options).status();
  };
  const absl::Status size = invert(gabor, UniformImage(8, 16, 0), {});
  EXPECT_EQ(size.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(size.message()), HasSubstr("8 x 16"));
  const FakeGenerator codes;
  const absl::Status categorical = invert(codes, UniformImage(4, 6, 0), {});
  EXPECT_EQ(categorical.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(categorical.message()), HasSubstr("encoder"));
  EXPECT_EQ(invert(Blind(), UniformImage(2, 2, 0), {}).code(), absl::StatusCode::kUnimplemented);
  InversionOptions options;
  options.starts = 0;
  EXPECT_EQ(invert(gabor, UniformImage(16, 16, 0), options).code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace evoke
