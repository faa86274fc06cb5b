#include "tests/support/blob_generator.h"

#include <algorithm>
#include <cmath>

#include "common/random.h"
#include "common/status_macros.h"

namespace evoke {

BlobGenerator::BlobGenerator(LatentSpace space, bool gradients)
    : space_(std::move(space)), gradients_(gradients) {
  Rng rng(HashText("blobs"));
  for (const LatentDimension& d : space_.dimensions) {
    const bool code = d.kind == LatentDimension::Kind::kCategorical;
    const double range = code ? std::max(1, d.levels - 1) : std::max(d.upper - d.lower, 1e-9);
    const double row = rng.Uniform(0, kSide), col = rng.Uniform(0, kSide);
    const double width = rng.Uniform(1.5, 4);
    const double color[3] = {rng.Normal() / 2, rng.Normal() / 2, rng.Normal() / 2};
    std::vector<double>& blob = blobs_.emplace_back();
    for (int r = 0; r < kSide; ++r) {
      for (int c = 0; c < kSide; ++c) {
        const double distance = std::hypot(r - row, c - col) / width;
        for (const double part : color) {
          blob.push_back(part / range * std::exp(-distance * distance));
        }
      }
    }
  }
}

double BlobGenerator::Slope(int i, size_t value) const {
  return blobs_[static_cast<size_t>(i)][value];
}

std::vector<double> BlobGenerator::Values(const LatentPoint& point) const {
  std::vector<double> values(size_t{3} * kSide * kSide, 0.5);
  for (size_t i = 0; i < point.size(); ++i) {
    const LatentDimension& d = space_.dimensions[i];
    const bool code = d.kind == LatentDimension::Kind::kCategorical;
    const double middle = code ? (d.levels - 1) / 2.0 : (d.lower + d.upper) / 2;
    for (size_t v = 0; v < values.size(); ++v) values[v] += (point[i] - middle) * blobs_[i][v];
  }
  return values;
}

absl::StatusOr<std::vector<Image>> BlobGenerator::Decode(
    absl::Span<const LatentPoint> points) const {
  std::vector<Image> images;
  for (const LatentPoint& point : points) {
    EVOKE_RETURN_IF_ERROR(space_.Contains(point));
    Image& image = images.emplace_back(UniformImage(kSide, kSide, 0));
    const std::vector<double> values = Values(point);
    for (size_t v = 0; v < values.size(); ++v) {
      image.rgb[v] = static_cast<uint8_t>(std::lround(255 * std::clamp(values[v], 0.0, 1.0)));
    }
  }
  return images;
}

absl::StatusOr<std::vector<LatentPoint>> BlobGenerator::PullBack(
    absl::Span<const LatentPoint> points, absl::Span<const PixelWeights> weights) const {
  if (!gradients_) return Generator::PullBack(points, weights);
  EVOKE_RETURN_IF_ERROR(CheckPullBack(points, weights));
  std::vector<LatentPoint> gradients;
  for (size_t p = 0; p < points.size(); ++p) {
    const std::vector<double> values = Values(points[p]);
    LatentPoint& gradient = gradients.emplace_back(points[p].size());
    for (size_t v = 0; v < values.size(); ++v) {
      if (values[v] < 0 || values[v] > 1) continue;
      for (size_t i = 0; i < gradient.size(); ++i) gradient[i] += weights[p][v] * blobs_[i][v];
    }
  }
  return gradients;
}

}  // namespace evoke
