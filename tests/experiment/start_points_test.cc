#include "server/experiment/start_points.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/latent/latent_proto.h"
#include "tests/support/fake_generator.h"
#include "tests/support/picture_folder.h"
#include "tests/support/specs.h"

namespace evoke {
namespace {

using testing::AllOf;
using testing::HasSubstr;

v1::Experiment StartSpec(const std::string& set = "start") {
  v1::Experiment spec = SmallSpec();
  spec.mutable_optimizer()->set_start_reference_set(set);
  return spec;
}

// Two gray pixels, each of them a coordinate, with gradients and without an encoder.
class TwoPixels : public Generator {
 public:
  TwoPixels() {
    space_.dimensions.assign(2,
                             LatentDimension::Continuous(0, 1, LatentDimension::Prior::kUniform));
  }
  const LatentSpace& latent_space() const override { return space_; }
  int image_width() const override { return 2; }
  int image_height() const override { return 1; }
  const std::string& weights_sha256() const override { return sha256_; }
  absl::StatusOr<std::vector<Image>> Decode(absl::Span<const LatentPoint> points) const override {
    std::vector<Image> images;
    for (const LatentPoint& point : points) {
      Image& image = images.emplace_back(UniformImage(2, 1, 0));
      for (int i = 0; i < 6; ++i) {
        image.rgb[i] = static_cast<uint8_t>(std::lround(255 * point[i / 3]));
      }
    }
    return images;
  }
  absl::StatusOr<std::vector<LatentPoint>> PullBack(
      absl::Span<const LatentPoint>, absl::Span<const PixelWeights> weights) const override {
    std::vector<LatentPoint> gradients;
    for (const PixelWeights& w : weights)
      gradients.push_back({w[0] + w[1] + w[2], w[3] + w[4] + w[5]});
    return gradients;
  }

 private:
  LatentSpace space_;
  const std::string sha256_ = "two";
};

TEST(StartPointsTest, WithoutASetThereAreNone) {
  EXPECT_TRUE(FindStartPoints(SmallSpec(), FakeGenerator(), "no-such-folder")->empty());
}

TEST(StartPointsTest, PicturesAreEncodedInTheOrderOfTheirNames) {
  const EncodingFakeGenerator generator;
  const std::vector<LatentPoint> points = {{7, 0, 3, 5, 1, 6}, {0, 1, 2, 3, 4, 5}};
  const std::vector<Image> images = *generator.Decode(points);
  Image between = images[0];
  for (uint8_t& value : between.rgb) value += 3;  // no point's image
  const PictureFolder folder;
  folder.Add("start", {{"b.png", images[1]}, {"a.png", between}});
  const auto start = FindStartPoints(StartSpec(), generator, folder.path());
  ASSERT_TRUE(start.ok()) << start.status();
  ASSERT_EQ(start->size(), 2);
  EXPECT_EQ((*start)[0].reference(), "a.png");
  EXPECT_EQ(FromProto((*start)[0].latent()), points[0]);
  EXPECT_NEAR((*start)[0].error(), 3 * 3 / 255.0 / 255.0, 1e-12);
  EXPECT_EQ(FromProto((*start)[1].latent()), points[1]);
  EXPECT_EQ((*start)[1].error(), 0);
}

TEST(StartPointsTest, WithoutAnEncoderTheyAreFoundByGradients) {
  Image picture = UniformImage(2, 1, 51);
  for (int c = 3; c < 6; ++c) picture.rgb[c] = 204;
  const PictureFolder folder;
  folder.Add("start", {{"a.png", picture}});
  const auto start = FindStartPoints(StartSpec(), TwoPixels(), folder.path());
  ASSERT_TRUE(start.ok()) << start.status();
  const LatentPoint point = FromProto((*start)[0].latent());
  EXPECT_NEAR(point[0], 0.2, 0.01);
  EXPECT_NEAR(point[1], 0.8, 0.01);
  EXPECT_LT((*start)[0].error(), 1e-4);
}

TEST(StartPointsTest, PicturesOfAnotherSizeAreScaled) {
  const PictureFolder folder;
  folder.Add("start", {{"a.png", UniformImage(40, 60, 90)}});
  const auto start = FindStartPoints(StartSpec(), EncodingFakeGenerator(), folder.path());
  ASSERT_TRUE(start.ok()) << start.status();
  EXPECT_EQ(FromProto((*start)[0].latent()), LatentPoint(6, 3));
}

TEST(StartPointsTest, AMissingSetIsNamedWithThoseThereAre) {
  const PictureFolder folder;
  folder.Add("faces", {});
  const absl::Status status =
      FindStartPoints(StartSpec("houses"), EncodingFakeGenerator(), folder.path()).status();
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
  EXPECT_THAT(std::string(status.message()),
              AllOf(testing::StartsWith("optimizer.start_reference_set"), HasSubstr("houses"),
                    HasSubstr("faces")));
}

TEST(StartPointsTest, TooManyPicturesAreRefused) {
  const PictureFolder folder;
  std::map<std::string, Image> pictures;
  for (int i = 0; i <= kMaxStartPictures; ++i) {
    pictures[absl::StrCat(i, ".png")] = UniformImage(4, 6, 0);
  }
  folder.Add("start", pictures);
  const absl::Status status =
      FindStartPoints(StartSpec(), EncodingFakeGenerator(), folder.path()).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("257"), HasSubstr("at most 256")));
}

TEST(StartPointsTest, AGeneratorThatCanNeitherEncodeNorPullBackIsNamed) {
  const PictureFolder folder;
  folder.Add("start", {{"a.png", UniformImage(4, 6, 0)}});
  const absl::Status status = FindStartPoints(StartSpec(), FakeGenerator(), folder.path()).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_THAT(
      std::string(status.message()),
      AllOf(testing::StartsWith("optimizer.start_reference_set: fake"), HasSubstr("categorical")));
}

}  // namespace
}  // namespace evoke
