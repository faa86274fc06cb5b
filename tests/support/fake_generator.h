// A generator without a network: 3 x 2 codes of 8 levels, each a gray square of 2 x 2 pixels.
#ifndef EVOKE_TESTS_SUPPORT_FAKE_GENERATOR_H_
#define EVOKE_TESTS_SUPPORT_FAKE_GENERATOR_H_

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "server/generator/generator.h"

namespace evoke {

class FakeGenerator : public Generator {
 public:
  static constexpr int kRows = 3, kCols = 2, kLevels = 8;

  explicit FakeGenerator(std::string sha256 = "fake-weights") : sha256_(std::move(sha256)) {
    space_.dimensions.assign(kRows * kCols, LatentDimension::Categorical(kLevels));
    space_.map_rows = kRows;
    space_.map_cols = kCols;
  }

  const LatentSpace& latent_space() const override { return space_; }
  int image_width() const override { return 2 * kCols; }
  int image_height() const override { return 2 * kRows; }
  const std::string& weights_sha256() const override { return sha256_; }

  absl::StatusOr<std::vector<Image>> Decode(absl::Span<const LatentPoint> points) const override {
    std::vector<Image> images;
    for (const LatentPoint& point : points) {
      EVOKE_RETURN_IF_ERROR(space_.Contains(point));
      Image image = UniformImage(image_width(), image_height(), 0);
      for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) {
          const double code = point[(y / 2) * kCols + x / 2];
          for (int c = 0; c < 3; ++c) {
            image.rgb[(y * image.width + x) * 3 + c] = static_cast<uint8_t>(code * 30);
          }
        }
      }
      images.push_back(std::move(image));
    }
    return images;
  }

  // A loader for ExperimentManager that knows the model "fake" only.
  static absl::StatusOr<std::unique_ptr<Generator>> Load(const std::string& model_dir,
                                                         const std::string& model) {
    if (model != "fake") {
      return absl::NotFoundError(absl::StrCat("no model ", model, " in ", model_dir));
    }
    return std::make_unique<FakeGenerator>();
  }

 private:
  LatentSpace space_;
  const std::string sha256_;
};

// The same with an encoder, which reads a square's first pixel, and a discriminator, whose score is
// the mean of all values.
class EncodingFakeGenerator : public FakeGenerator {
 public:
  absl::StatusOr<std::vector<LatentPoint>> Encode(absl::Span<const Image> images) const override {
    EVOKE_RETURN_IF_ERROR(CheckImages(images));
    std::vector<LatentPoint> points;
    for (const Image& image : images) {
      LatentPoint& point = points.emplace_back();
      for (int i = 0; i < kRows * kCols; ++i) {
        const int pixel = i / kCols * 2 * image.width + i % kCols * 2;
        point.push_back(std::min(kLevels - 1.0, std::round(image.rgb[3 * pixel] / 30.0)));
      }
    }
    return points;
  }

  absl::StatusOr<std::vector<double>> Score(absl::Span<const Image> images) const override {
    EVOKE_RETURN_IF_ERROR(CheckImages(images));
    std::vector<double> scores;
    for (const Image& image : images) {
      double sum = 0;
      for (const uint8_t value : image.rgb) sum += value;
      scores.push_back(sum / static_cast<double>(image.rgb.size()));
    }
    return scores;
  }

  static absl::StatusOr<std::unique_ptr<Generator>> Load(const std::string&, const std::string&) {
    return std::make_unique<EncodingFakeGenerator>();
  }
};

}  // namespace evoke

#endif  // EVOKE_TESTS_SUPPORT_FAKE_GENERATOR_H_
