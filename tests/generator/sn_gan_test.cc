#include "server/generator/sn_gan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "common/random.h"
#include "tests/generator/pull_back.h"
#include "tests/generator/random_sn_gan.h"

namespace evoke {
namespace {

using ::testing::HasSubstr;

std::unique_ptr<SnGan> Make(int colors = 3) {
  return SnGan::Create(RandomSnGan(SmallSnGan(colors))).value();
}

std::vector<LatentPoint> RandomPoints(const Generator& generator, int count) {
  Rng rng(11);
  std::vector<LatentPoint> points;
  for (int i = 0; i < count; ++i) points.push_back(generator.latent_space().Sample(rng));
  return points;
}

TEST(SnGanTest, LatentSpaceIsNormalAndBounded) {
  const auto generator = Make();
  ASSERT_EQ(generator->latent_space().size(), 6);
  EXPECT_EQ(generator->latent_space().dimensions[5],
            LatentDimension::Continuous(-4, 4, LatentDimension::Prior::kStandardNormal));
  EXPECT_EQ(generator->image_width(), 32);
  EXPECT_EQ(generator->image_height(), 32);
  EXPECT_EQ(generator->weights_sha256(), "sum");
}

TEST(SnGanTest, DecodedImageDoesNotDependOnTheBatch) {
  const auto generator = Make();
  const std::vector<LatentPoint> points = RandomPoints(*generator, 7);
  const std::vector<Image> together = generator->Decode(points).value();
  ASSERT_EQ(together.size(), points.size());
  for (size_t i = 0; i < points.size(); ++i) {
    EXPECT_EQ(generator->Decode({points[i]}).value()[0], together[i]);
  }
  EXPECT_NE(together[0], together[1]);
}

TEST(SnGanTest, ThreadsGetTheSameImagesScoresAndGradients) {
  const auto generator = Make();
  const std::vector<LatentPoint> points = RandomPoints(*generator, 4);
  const std::vector<PixelWeights> weights(4, RandomWeights(*generator, 1));
  const std::vector<Image> images = generator->Decode(points).value();
  const std::vector<double> scores = generator->Score(images).value();
  const std::vector<LatentPoint> gradients = generator->PullBack(points, weights).value();
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      EXPECT_EQ(generator->Decode(points).value(), images);
      EXPECT_EQ(generator->Score(images).value(), scores);
      EXPECT_EQ(generator->PullBack(points, weights).value(), gradients);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(SnGanTest, ScoreDoesNotDependOnTheBatch) {
  const auto generator = Make();
  const std::vector<Image> images = generator->Decode(RandomPoints(*generator, 5)).value();
  const std::vector<double> together = generator->Score(images).value();
  ASSERT_EQ(together.size(), 5u);
  for (size_t i = 0; i < images.size(); ++i) {
    EXPECT_EQ(generator->Score({images[i]}).value()[0], together[i]);
  }
  EXPECT_NE(together[0], together[1]);
}

TEST(SnGanTest, GradientsTellHowTheImageChanges) {
  for (int colors : {1, 3}) {
    const auto generator = Make(colors);
    const std::vector<LatentPoint> points = RandomPoints(*generator, 4);
    for (int i = 1; i < 4; ++i) {
      const PixelWeights weights = Change(*generator, points[0], points[i]);
      EXPECT_NEAR(ChangeAlongGradient(*generator, points[0], weights, 0.05), 1, 0.05);
    }
  }
}

TEST(SnGanTest, GradientDoesNotDependOnTheBatch) {
  const auto generator = Make();
  const std::vector<LatentPoint> points = RandomPoints(*generator, 2);
  const std::vector<PixelWeights> weights = {RandomWeights(*generator, 1),
                                             RandomWeights(*generator, 2)};
  const std::vector<LatentPoint> together = generator->PullBack(points, weights).value();
  EXPECT_EQ(generator->PullBack({points[1]}, {weights[1]}).value()[0], together[1]);
  EXPECT_EQ(together[1].size(), 6u);
}

// Rounded otherwise, if at all: a value may be one of 255 away.
void ExpectNear(const std::vector<Image>& images, const std::vector<Image>& expected) {
  ASSERT_EQ(images.size(), expected.size());
  for (size_t i = 0; i < images.size(); ++i) {
    ASSERT_EQ(images[i].rgb.size(), expected[i].rgb.size());
    for (size_t k = 0; k < images[i].rgb.size(); ++k) {
      ASSERT_NEAR(images[i].rgb[k], expected[i].rgb[k], 1) << "image " << i << ", value " << k;
    }
  }
}

TEST(SnGanTest, SketchesAreTheImagesButForRounding) {
  const auto generator = Make();
  const std::vector<LatentPoint> points = RandomPoints(*generator, 37);  // more than one pass
  ExpectNear(generator->Sketch(points).value(), generator->Decode(points).value());
  EXPECT_TRUE(generator->Sketch({}).value().empty());
  EXPECT_EQ(generator->Sketch({LatentPoint(6, 5)}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(SnGanTest, WeightsThatFollowFromTheImagesGiveTheSameGradients) {
  const auto generator = Make();
  const std::vector<LatentPoint> points = RandomPoints(*generator, 37);
  std::vector<PixelWeights> weights;
  for (size_t i = 0; i < points.size(); ++i) weights.push_back(RandomWeights(*generator, i));
  std::vector<Image> seen;
  const auto weigh = [&](size_t first, absl::Span<const Image> images) {
    EXPECT_EQ(first, seen.size());
    seen.insert(seen.end(), images.begin(), images.end());
    const auto from = weights.begin() + static_cast<std::ptrdiff_t>(first);
    return std::vector<PixelWeights>(from, from + static_cast<std::ptrdiff_t>(images.size()));
  };
  const std::vector<LatentPoint> gradients = generator->PullBackOf(points, weigh).value();
  ExpectNear(seen, generator->Decode(points).value());
  const std::vector<LatentPoint> expected = generator->PullBack(points, weights).value();
  ASSERT_EQ(gradients.size(), expected.size());
  for (size_t i = 0; i < gradients.size(); ++i) {
    for (size_t k = 0; k < gradients[i].size(); ++k) {
      EXPECT_NEAR(gradients[i][k], expected[i][k], 1e-3 * (1 + std::abs(expected[i][k])));
    }
  }
}

TEST(SnGanTest, TooFewWeightsOfImagesAreRefused) {
  const auto generator = Make();
  const auto none = [](size_t, absl::Span<const Image>) { return std::vector<PixelWeights>(); };
  EXPECT_EQ(generator->PullBackOf({LatentPoint(6, 0)}, none).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(SnGanTest, GrayModelMakesAndScoresGrayImages) {
  const auto generator = Make(1);
  Image image = generator->Decode(RandomPoints(*generator, 1)).value()[0];
  for (size_t i = 0; i < image.rgb.size(); i += 3) {
    ASSERT_EQ(image.rgb[i], image.rgb[i + 1]);
    ASSERT_EQ(image.rgb[i], image.rgb[i + 2]);
  }
  // Of a colour image the mean of its channels counts.
  const double gray = generator->Score({image}).value()[0];
  for (size_t i = 0; i < image.rgb.size(); i += 3) {
    const uint8_t shift = std::min<uint8_t>(image.rgb[i], 255 - image.rgb[i]);
    image.rgb[i] += shift;
    image.rgb[i + 1] -= shift;
  }
  EXPECT_NEAR(generator->Score({image}).value()[0], gray, 1e-3);
}

TEST(SnGanTest, BadArgumentsAreRefused) {
  const auto generator = Make();
  const auto code = [](const auto& result) { return result.status().code(); };
  EXPECT_EQ(code(generator->Decode({LatentPoint(6, 4.01)})), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(generator->Decode({LatentPoint(5, 0)})), absl::StatusCode::kInvalidArgument);
  const absl::Status size = generator->Score({UniformImage(32, 16, 0)}).status();
  EXPECT_EQ(size.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(size.message()), HasSubstr("32 x 16"));
  EXPECT_THAT(std::string(size.message()), HasSubstr("32 x 32"));
  const PixelWeights weights(3072, 1);
  EXPECT_EQ(code(generator->PullBack({LatentPoint(6, 5)}, {weights})),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(generator->PullBack({LatentPoint(6, 0)}, {PixelWeights(3, 1)})),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(generator->PullBack({LatentPoint(6, 0)}, {})), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(generator->Encode({UniformImage(32, 32, 0)})), absl::StatusCode::kUnimplemented);
}

TEST(SnGanTest, WeightsThatDoNotFitAreRefused) {
  const WeightsFile file = RandomSnGan(SmallSnGan(3));
  const auto code = [](const WeightsFile& changed) {
    return SnGan::Create(changed).status().code();
  };
  WeightsFile changed = file;
  changed.tensors.erase("discriminator.score.weight");
  EXPECT_EQ(code(changed), absl::StatusCode::kDataLoss);
  changed = file;
  changed.metadata["evoke.config"] = SnGanConfig::OfWidth(8, 3).ToJson();
  EXPECT_EQ(code(changed), absl::StatusCode::kDataLoss);
  changed.metadata["evoke.config"] = "{}";
  EXPECT_EQ(code(changed), absl::StatusCode::kDataLoss);
  changed = file;
  changed.tensors["generator.norm.variance"].values[0] = -0.1f;
  const absl::Status variance = SnGan::Create(changed).status();
  EXPECT_EQ(variance.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(variance.message()), HasSubstr("generator.norm.variance"));
  changed = file;
  changed.metadata["evoke.kind"] = "vq_vae";
  EXPECT_EQ(code(changed), absl::StatusCode::kInvalidArgument);
}

TEST(SnGanTest, LoadsByName) {
  const std::string folder = testing::TempDir() + "/sn_gan_by_name";
  std::filesystem::create_directories(folder);
  const WeightsFile file = RandomSnGan(SmallSnGan(3));
  ASSERT_TRUE(WriteWeights(folder + "/m.safetensors", file).ok());
  const auto loaded = LoadGenerator(folder, "m");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const LatentPoint point(6, 0.5);
  EXPECT_EQ((*loaded)->Decode({point}).value(), Make()->Decode({point}).value());
}

TEST(SnGanConfigTest, RangesAreChecked) {
  SnGanConfig config;
  EXPECT_EQ(SnGanConfig::FromJson(config.ToJson())->ToJson(), config.ToJson());
  config.colors = 2;
  EXPECT_FALSE(SnGanConfig::FromJson(config.ToJson()).ok());
  config = SnGanConfig();
  config.generator_channels = {64};
  EXPECT_FALSE(config.Validate().ok());
  config = SnGanConfig();
  config.discriminator_channels[1] = 0;
  EXPECT_THAT(std::string(config.Validate().message()), HasSubstr("discriminator_channels[1]"));
  EXPECT_FALSE(SnGanConfig::FromJson("no json").ok());
}

}  // namespace
}  // namespace evoke
