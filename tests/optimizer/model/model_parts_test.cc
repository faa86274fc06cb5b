// What the model of responses is made of: features, scales and the generator's metric.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "common/random.h"
#include "server/optimizer/model/image_features.h"
#include "server/optimizer/model/latent_metric.h"
#include "server/optimizer/model/latent_scale.h"
#include "server/optimizer/model/score_scale.h"
#include "server/optimizer/model/texture_features.h"
#include "tests/support/blob_generator.h"

namespace evoke {
namespace {

Image RandomImage(int width, int height, uint64_t seed) {
  Rng rng(seed);
  Image image = UniformImage(width, height, 0);
  for (uint8_t& v : image.rgb) v = static_cast<uint8_t>(rng.Index(256));
  return image;
}

std::vector<Image> RandomImages(int count, int width, int height) {
  std::vector<Image> images;
  for (int i = 0; i < count; ++i) images.push_back(RandomImage(width, height, 100 + i));
  return images;
}

class ImageFeaturesTest : public testing::TestWithParam<std::pair<int, int>> {};

TEST_P(ImageFeaturesTest, AreCentredAndScaledByTheFirstImages) {
  const auto [width, height] = GetParam();
  const std::vector<Image> images = RandomImages(50, width, height);
  for (const bool texture : {false, true}) {
    const ImageFeatures features(images, texture);
    Eigen::VectorXf sum = Eigen::VectorXf::Zero(features.size());
    double square = 0;
    for (const Image& image : images) {
      sum += features.Of(image);
      square += features.Of(image).squaredNorm();
    }
    EXPECT_LT(sum.norm() / 50, 1e-4);
    // One for the cells, and one for the texture where the image has any.
    const bool both = texture && std::min(width, height) >= TextureFeatures::kLeastSide;
    EXPECT_NEAR(square / 50, both ? 2 : 1, 0.01);
  }
}

TEST_P(ImageFeaturesTest, PullBackIsTheAdjoint) {
  const auto [width, height] = GetParam();
  const ImageFeatures features(RandomImages(20, width, height), false);
  const Image a = RandomImage(width, height, 1), b = RandomImage(width, height, 2);
  Rng rng(3);
  Eigen::VectorXf gradient(features.size());
  for (float& g : gradient) g = static_cast<float>(rng.Normal());
  const PixelWeights weights = features.PullBack(gradient);
  double by_pixels = 0;
  for (size_t i = 0; i < a.rgb.size(); ++i) by_pixels += weights[i] * (a.rgb[i] - b.rgb[i]) / 255.0;
  EXPECT_NEAR(gradient.dot(features.Of(a) - features.Of(b)), by_pixels,
              1e-3 * std::abs(by_pixels) + 1e-4);
}

// Also sides that are no multiple of a cell, and images that are larger or smaller than the cells.
INSTANTIATE_TEST_SUITE_P(Sizes, ImageFeaturesTest,
                         testing::Values(std::pair(32, 32), std::pair(50, 37), std::pair(8, 5),
                                         std::pair(16, 64)));

TEST(ImageFeaturesTest, EqualImagesAreTaken) {
  const ImageFeatures features(std::vector<Image>(3, UniformImage(16, 16, 7)), true);
  EXPECT_EQ(features.Of(UniformImage(16, 16, 7)).norm(), 0);
}

TEST(TextureFeaturesTest, AShiftedPatternChangesThemLessThanAnotherPattern) {
  const auto stripes = [](int phase, bool vertical) {
    Image image = UniformImage(32, 32, 0);
    for (int r = 0; r < 32; ++r) {
      for (int c = 0; c < 32; ++c) {
        for (int i = 0; i < 3; ++i) {
          image.rgb[static_cast<size_t>((r * 32 + c) * 3 + i)] =
              ((vertical ? c : r) + phase) / 4 % 2 == 0 ? 0 : 255;
        }
      }
    }
    return image;
  };
  const TextureFeatures features;
  const Eigen::VectorXf first = features.Of(stripes(0, true));
  EXPECT_EQ(first.size(), features.size());
  EXPECT_LT((features.Of(stripes(4, true)) - first).norm(),
            0.5 * (features.Of(stripes(0, false)) - first).norm());
  // A uniform image has no texture.
  EXPECT_LT(features.Of(UniformImage(32, 32, 200)).norm(), 1e-3 * first.norm());
}

// ---- scales ----

TEST(LatentScaleTest, GoesThereAndBackAndKeepsTheBounds) {
  LatentSpace space;
  space.dimensions = {LatentDimension::Continuous(-4, 4, LatentDimension::Prior::kStandardNormal),
                      LatentDimension::Continuous(10, 370, LatentDimension::Prior::kUniform),
                      LatentDimension::Continuous(2, 2, LatentDimension::Prior::kUniform)};
  const LatentScale scale(space);
  const LatentPoint point = {1.5, 300, 2};
  EXPECT_EQ(scale.ToLatent(scale.ToScaled(point)), point);
  EXPECT_NEAR(scale.ToScaled({0, 370, 2})[1], std::sqrt(3.0), 1e-9);
  const LatentPoint clipped = scale.ToLatent(scale.Clip(Eigen::Vector3d(9, -9, 9)));
  EXPECT_EQ(clipped, (LatentPoint{4, 10, 2}));
  EXPECT_NEAR(scale.ScaleGradient({1, 1, 1})[1], 360 / std::sqrt(12.0), 1e-9);
}

ObservationArchive Archive(const std::vector<Observation>& observations) {
  ObservationArchive archive;
  for (size_t i = 0; i < observations.size(); ++i) {
    archive.Record({static_cast<double>(i)}, observations[i]);
  }
  return archive;
}

void ExpectThereAndBack(const ScoreScale& scale, const std::vector<double>& scores) {
  for (const double score : scores) {
    const double value = scale.ToModel(score);
    EXPECT_NEAR(scale.FromModel(value), score, 1e-9 + 1e-9 * std::abs(score));
    const double slope = (scale.FromModel(value + 1e-5) - scale.FromModel(value - 1e-5)) / 2e-5;
    EXPECT_NEAR(scale.SlopeAt(value), slope, 1e-4 * std::abs(slope) + 1e-6);
  }
}

TEST(ScoreScaleTest, CountsHaveTheSameNoiseEverywhere) {
  Rng rng(1);
  std::vector<Observation> observations;
  for (int i = 0; i < 2000; ++i) {
    const auto count = static_cast<double>(rng.Poisson(i % 2 == 0 ? 5 : 50));
    observations.push_back({count, count + 0.5, 1});
  }
  const ScoreScale scale(Archive(observations));
  ASSERT_TRUE(scale.noise_known());
  ExpectThereAndBack(scale, {1, 5, 50, 200});
  EXPECT_NEAR(scale.FromModel(scale.ToModel(0)), 0, 1e-9);
  for (const int rest : {0, 1}) {
    double sum = 0, square = 0;
    for (int i = rest; i < 2000; i += 2) {
      const double value = scale.ToModel(observations[static_cast<size_t>(i)].score);
      sum += value;
      square += value * value;
    }
    EXPECT_NEAR((square / 1000 - sum * sum / 1e6) / scale.NoiseOf(1), 1, 0.15);
  }
  EXPECT_NEAR(scale.NoiseOf(4), scale.NoiseOf(1) / 4, 1e-12);
}

TEST(ScoreScaleTest, RatesAreCountsInAnotherUnit) {
  std::vector<Observation> counts, rates;
  for (int i = 0; i < 20; ++i) {
    counts.push_back({1.0 * i, i + 0.5, 1});
    rates.push_back({5.0 * i, 25 * (i + 0.5), 1});
  }
  const ScoreScale of_counts(Archive(counts)), of_rates(Archive(rates));
  ExpectThereAndBack(of_rates, {5, 50});
  // Half a spike is half a spike only in counts: about the same.
  EXPECT_NEAR(of_counts.NoiseOf(1), of_rates.NoiseOf(1), 0.1 * of_counts.NoiseOf(1));
}

TEST(ScoreScaleTest, NegativeScoresAndSuchWithoutNoiseStayAsTheyAre) {
  const ScoreScale negative(Archive({{-3, 4, 1}, {5, 4, 1}, {1, 4, 1}}));
  EXPECT_TRUE(negative.noise_known());
  ExpectThereAndBack(negative, {-10, 0, 10});
  EXPECT_NEAR(negative.SlopeAt(0) * negative.SlopeAt(0) * negative.NoiseOf(1), 4, 1e-9);
  const ScoreScale exact(Archive({{3, 0, 1}, {5, 0, 1}}));
  EXPECT_FALSE(exact.noise_known());
  EXPECT_NEAR(exact.ToModel(4), 0, 1e-12);
}

TEST(ScoreScaleTest, EqualScoresAreTaken) {
  const ScoreScale scale(Archive({{3, 0, 1}, {3, 0, 1}, {0, 0, 0}}));
  EXPECT_EQ(scale.ToModel(3), 0);
  EXPECT_EQ(scale.FromModel(0), 3);
}

// ---- the metric ----

TEST(LatentMetricTest, FindsTheDirectionsThatChangeTheImageMost) {
  LatentSpace space;
  space.dimensions.assign(
      5, LatentDimension::Continuous(-4, 4, LatentDimension::Prior::kStandardNormal));
  const BlobGenerator with(space), without(space, /*gradients=*/false);
  const LatentScale scale(space);
  Eigen::MatrixXd jacobian(768, 5);
  for (int i = 0; i < 5; ++i) {
    for (int v = 0; v < 768; ++v) {
      jacobian(v, i) = with.Slope(i, static_cast<size_t>(v));
    }
  }
  // Coordinates of a standard normal prior are scaled already.
  const Eigen::MatrixXd wanted = jacobian.transpose() * jacobian;
  for (const BlobGenerator* generator : {&with, &without}) {
    const auto metric = MeasureMetric(*generator, scale);
    ASSERT_TRUE(metric.ok()) << metric.status();
    const Eigen::MatrixXd found =
        metric->directions * metric->strengths.asDiagonal() * metric->directions.transpose();
    // Clipped values have no gradient, and few probes were made: about the same.
    EXPECT_LT((found - wanted).norm(), 0.45 * wanted.norm());
    for (int i = 1; i < 5; ++i) EXPECT_GE(metric->strengths[i - 1], metric->strengths[i]);
    EXPECT_TRUE((metric->directions.transpose() * metric->directions).isIdentity(1e-9));
  }
}

}  // namespace
}  // namespace evoke
