// A small generator for any latent space: a coloured blob for each dimension.
#ifndef EVOKE_TESTS_SUPPORT_BLOB_GENERATOR_H_
#define EVOKE_TESTS_SUPPORT_BLOB_GENERATOR_H_

#include <string>
#include <utility>
#include <vector>

#include "server/generator/generator.h"

namespace evoke {

// Values are 0.5 + the sum over all dimensions of amplitude * blob, cut to [0, 1]: linear in a
// continuous coordinate, and in the code of a categorical one. Images are 16 x 16.
class BlobGenerator final : public Generator {
 public:
  // `gradients`: whether there is PullBack(), which then takes continuous spaces only.
  explicit BlobGenerator(LatentSpace space, bool gradients = true);

  const LatentSpace& latent_space() const override { return space_; }
  int image_width() const override { return kSide; }
  int image_height() const override { return kSide; }
  const std::string& weights_sha256() const override { return sha256_; }
  absl::StatusOr<std::vector<Image>> Decode(absl::Span<const LatentPoint> points) const override;
  absl::StatusOr<std::vector<LatentPoint>> PullBack(
      absl::Span<const LatentPoint> points, absl::Span<const PixelWeights> weights) const override;

  // How much dimension `i` adds to a value of the image, per unit of the coordinate.
  double Slope(int i, size_t value) const;

 private:
  static constexpr int kSide = 16;

  std::vector<double> Values(const LatentPoint& point) const;

  const LatentSpace space_;
  const bool gradients_;
  const std::string sha256_ = std::string(64, 'b');
  std::vector<std::vector<double>> blobs_;  // [dimension][value of the image]
};

}  // namespace evoke

#endif  // EVOKE_TESTS_SUPPORT_BLOB_GENERATOR_H_
