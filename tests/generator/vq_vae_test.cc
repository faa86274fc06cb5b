#include "server/generator/vq_vae.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <thread>

#include "common/random.h"
#include "server/generator/vq_vae_config.h"

namespace evoke {
namespace {

using ::testing::HasSubstr;

constexpr char kModels[] = "deploy/models";
constexpr char kModel[] = "vqvae-cifar10";

const Generator& Shipped() {
  static const auto* const generator = [] {
    absl::StatusOr<std::unique_ptr<Generator>> loaded = LoadGenerator(kModels, kModel);
    if (!loaded.ok()) ADD_FAILURE() << loaded.status();
    return loaded.value().release();
  }();
  return *generator;
}

// CIFAR-10 test images: a label byte and three planes each.
std::vector<Image> TestImages() {
  std::ifstream stream("tests/data/cifar10_test_20.bin", std::ios::binary);
  const std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(stream), {}};
  std::vector<Image> images;
  for (size_t begin = 1; begin + 3072 <= bytes.size(); begin += 3073) {
    Image image = UniformImage(32, 32, 0);
    for (size_t i = 0; i < 3072; ++i) image.rgb[i % 1024 * 3 + i / 1024] = bytes[begin + i];
    images.push_back(image);
  }
  return images;
}

std::vector<LatentPoint> RandomPoints(int count) {
  Rng rng(11);
  std::vector<LatentPoint> points;
  for (int i = 0; i < count; ++i) points.push_back(Shipped().latent_space().Sample(rng));
  return points;
}

TEST(VqVaeTest, LatentSpaceIsAMapOfCodes) {
  const LatentSpace& space = Shipped().latent_space();
  EXPECT_EQ(space.size(), 64);
  EXPECT_EQ(space.map_rows, 8);
  EXPECT_EQ(space.map_cols, 8);
  EXPECT_EQ(space.dimensions[63], LatentDimension::Categorical(512));
  EXPECT_TRUE(space.Validate().ok());
  EXPECT_EQ(Shipped().image_width(), 32);
  EXPECT_EQ(Shipped().image_height(), 32);
}

TEST(VqVaeTest, DecodedImageDoesNotDependOnTheBatch) {
  const std::vector<LatentPoint> points = RandomPoints(7);
  const std::vector<Image> together = Shipped().Decode(points).value();
  ASSERT_EQ(together.size(), points.size());
  for (size_t i = 0; i < points.size(); ++i) {
    EXPECT_EQ(Shipped().Decode({points[i]}).value()[0], together[i]);
  }
  EXPECT_EQ(Shipped().Decode(points).value(), together);
  EXPECT_NE(together[0], together[1]);
}

TEST(VqVaeTest, SketchesAreTheImagesButForRounding) {
  const std::vector<LatentPoint> points = RandomPoints(18);  // more than one pass
  const std::vector<Image> images = Shipped().Decode(points).value();
  const std::vector<Image> sketches = Shipped().Sketch(points).value();
  ASSERT_EQ(sketches.size(), images.size());
  for (size_t i = 0; i < images.size(); ++i) {
    for (size_t k = 0; k < images[i].rgb.size(); ++k) {
      ASSERT_NEAR(sketches[i].rgb[k], images[i].rgb[k], 1) << "image " << i << ", value " << k;
    }
  }
}

TEST(VqVaeTest, ThreadsDecodeTheSameImages) {
  const std::vector<LatentPoint> points = RandomPoints(4);
  const std::vector<Image> expected = Shipped().Decode(points).value();
  std::vector<std::vector<Image>> results(3);
  std::vector<std::thread> threads;
  for (std::vector<Image>& result : results) {
    threads.emplace_back([&] { result = Shipped().Decode(points).value(); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::vector<Image>& result : results) EXPECT_EQ(result, expected);
}

TEST(VqVaeTest, EncodedImagesAreReconstructed) {
  const std::vector<Image> images = TestImages();
  ASSERT_EQ(images.size(), 20u);
  const std::vector<LatentPoint> points = Shipped().Encode(images).value();
  const std::vector<Image> decoded = Shipped().Decode(points).value();
  double sum = 0;
  double square = 0;
  double error = 0;
  double count = 0;
  for (size_t n = 0; n < images.size(); ++n) {
    EXPECT_TRUE(Shipped().latent_space().Contains(points[n]).ok());
    for (size_t i = 0; i < images[n].rgb.size(); ++i) {
      const double value = images[n].rgb[i];
      sum += value;
      square += value * value;
      error += (value - decoded[n].rgb[i]) * (value - decoded[n].rgb[i]);
      ++count;
    }
  }
  const double variance = square / count - sum / count * (sum / count);
  EXPECT_LT(error / count, 0.08 * variance);
}

TEST(VqVaeTest, NeighbouringCodesLookAlike) {
  // Changing one code of an image to its neighbour moves the image less than changing it at random.
  const LatentPoint base = Shipped().Encode({TestImages()[0]}).value()[0];
  Rng rng(2);
  std::vector<LatentPoint> points = {base};
  constexpr int kTrials = 60;
  for (int i = 0; i < kTrials; ++i) {
    LatentPoint near = base;
    LatentPoint far = base;
    near[i] += near[i] < 511 ? 1 : -1;
    far[i] = rng.Index(512);
    points.push_back(near);
    points.push_back(far);
  }
  const std::vector<Image> images = Shipped().Decode(points).value();
  double moved[2] = {0, 0};
  for (size_t n = 1; n < images.size(); ++n) {
    for (size_t i = 0; i < images[n].rgb.size(); ++i) {
      const double d = images[n].rgb[i] - images[0].rgb[i];
      moved[(n - 1) % 2] += d * d;
    }
  }
  EXPECT_GT(moved[0], 0);
  EXPECT_LT(moved[0], 0.5 * moved[1]);
}

TEST(VqVaeTest, PointsOutsideTheSpaceAreRefused) {
  LatentPoint point(64, 0);
  point[5] = 512;
  EXPECT_EQ(Shipped().Decode({point}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Shipped().Decode({LatentPoint(63, 0)}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(VqVaeTest, ImagesOfAnotherSizeAreRefused) {
  const absl::Status status = Shipped().Encode({UniformImage(16, 32, 0)}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("16 x 32"));
}

TEST(LoadGeneratorTest, ChecksTheFile) {
  EXPECT_EQ(LoadGenerator(kModels, "nothing").status().code(), absl::StatusCode::kNotFound);
  const absl::Status network = LoadGenerator(kModels, "snn-cifar10").status();
  EXPECT_EQ(network.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(network.message()), HasSubstr("layered_network"));
  EXPECT_EQ(Shipped().weights_sha256(),
            *Sha256OfFile(std::string(kModels) + "/" + kModel + ".safetensors"));
}

TEST(LoadGeneratorTest, WeightsThatDoNotFitTheirArchitectureAreDataLoss) {
  absl::StatusOr<WeightsFile> file = ReadModel(kModels, kModel);
  ASSERT_TRUE(file.ok());
  WeightsFile changed = *file;
  changed.tensors.erase("color.weight");
  EXPECT_EQ(VqVae::Create(changed).status().code(), absl::StatusCode::kDataLoss);
  changed = *file;
  VqVaeConfig config;
  config.width = 64;
  changed.metadata["evoke.config"] = config.ToJson();
  EXPECT_EQ(VqVae::Create(changed).status().code(), absl::StatusCode::kDataLoss);
  changed.metadata["evoke.config"] = "{}";
  EXPECT_EQ(VqVae::Create(changed).status().code(), absl::StatusCode::kDataLoss);
}

TEST(VqVaeConfigTest, RangesAreChecked) {
  VqVaeConfig config;
  EXPECT_EQ(VqVaeConfig::FromJson(config.ToJson())->ToJson(), config.ToJson());
  config.image_size = 30;
  EXPECT_FALSE(VqVaeConfig::FromJson(config.ToJson()).ok());
  EXPECT_FALSE(VqVaeConfig::FromJson("no json").ok());
}

}  // namespace
}  // namespace evoke
