#include "server/generator/gabor.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "common/status_macros.h"

namespace evoke {
namespace {

constexpr int kSamples = 4;           // of a pixel, each way
constexpr double kGray = 0.5;         // display value / 255
constexpr double kDifference = 1e-4;  // of a dimension's range, to either side

// One-dimensional Gaussian at the samples of every pixel along an axis. `center` in image widths
// from the low end.
std::vector<double> Window(int image_size, double center, double deviation) {
  std::vector<double> values(static_cast<size_t>(image_size) * kSamples);
  for (size_t i = 0; i < values.size(); ++i) {
    const double at = (static_cast<double>(i) + 0.5) / static_cast<double>(values.size());
    const double z = (at - center) / deviation;
    values[i] = std::exp(-0.5 * z * z);
  }
  return values;
}

}  // namespace

Gabor::Gabor(int image_size, std::string sha256)
    : image_size_(image_size), sha256_(std::move(sha256)) {
  const auto uniform = [](double lower, double upper) {
    return LatentDimension::Continuous(lower, upper, LatentDimension::Prior::kUniform);
  };
  space_.dimensions = {uniform(0, 180),    uniform(0, std::log2(image_size / 4.0)),
                       uniform(0, 360),    uniform(-4, -1),
                       uniform(-0.5, 0.5), uniform(-0.5, 0.5),
                       uniform(0, 1),      uniform(0, 360),
                       uniform(0, 90)};
}

Gabor::Patch Gabor::Draw(const LatentPoint& point) const {
  constexpr double kDegree = std::numbers::pi / 180;
  const double across_x = -std::sin(point[kOrientation] * kDegree);
  const double across_y = std::cos(point[kOrientation] * kDegree);
  const double cycles = 2 * std::numbers::pi * std::exp2(point[kFrequency]);
  const double phase = point[kPhase] * kDegree;
  const double deviation = std::exp2(point[kSize]);
  const double x = 0.5 + point[kX];
  const double y = 0.5 - point[kY];  // rows count from the top
  const std::vector<double> window_x = Window(image_size_, x, deviation);
  const std::vector<double> window_y = Window(image_size_, y, deviation);
  const int samples = image_size_ * kSamples;
  // The angle grows evenly along a row: one rotation a sample in place of a cosine.
  const double angle_step = cycles * across_x / samples;
  const double turn_cos = std::cos(angle_step);
  const double turn_sin = std::sin(angle_step);
  Patch patch;
  patch.grating.assign(static_cast<size_t>(image_size_) * image_size_, 0);
  for (int row = 0; row < samples; ++row) {
    const double up = y - (row + 0.5) / samples;
    const double start = cycles * (across_x * (0.5 / samples - x) + across_y * up) + phase;
    double real = std::cos(start);
    double imaginary = std::sin(start);
    double* out = patch.grating.data() + static_cast<size_t>(row / kSamples) * image_size_;
    const double scale = window_y[row] / (kSamples * kSamples);
    for (int col = 0; col < samples; ++col) {
      out[col / kSamples] += scale * window_x[col] * real;
      const double next = real * turn_cos - imaginary * turn_sin;
      imaginary = real * turn_sin + imaginary * turn_cos;
      real = next;
    }
  }
  const double elevation = point[kElevation] * kDegree;
  const double red_green = std::cos(elevation) * std::cos(point[kAzimuth] * kDegree);
  const double blue_yellow = std::cos(elevation) * std::sin(point[kAzimuth] * kDegree);
  const double gray = std::sin(elevation);
  // Blue against yellow (both red and green). The largest channel spans the whole range.
  patch.color[0] = gray + red_green - blue_yellow;
  patch.color[1] = gray - red_green - blue_yellow;
  patch.color[2] = gray + blue_yellow;
  double largest = 0;
  for (double channel : patch.color) largest = std::max(largest, std::abs(channel));
  for (double& channel : patch.color) channel *= point[kContrast] / largest;
  return patch;
}

absl::StatusOr<std::vector<Image>> Gabor::Decode(absl::Span<const LatentPoint> points) const {
  std::vector<Image> images;
  images.reserve(points.size());
  for (const LatentPoint& point : points) {
    EVOKE_RETURN_IF_ERROR(space_.Contains(point));
    const Patch patch = Draw(point);
    Image image = UniformImage(image_size_, image_size_, 0);
    for (size_t i = 0; i < image.rgb.size(); ++i) {
      const double value = kGray * (1 + patch.color[i % 3] * patch.grating[i / 3]);
      image.rgb[i] = static_cast<uint8_t>(std::lround(std::clamp(value * 255, 0.0, 255.0)));
    }
    images.push_back(std::move(image));
  }
  return images;
}

double Gabor::Weighted(const LatentPoint& point, const PixelWeights& weights) const {
  const Patch patch = Draw(point);
  double sum = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    sum += weights[i] * kGray * patch.color[i % 3] * patch.grating[i / 3];
  }
  return sum;
}

absl::StatusOr<std::vector<LatentPoint>> Gabor::PullBack(
    absl::Span<const LatentPoint> points, absl::Span<const PixelWeights> weights) const {
  EVOKE_RETURN_IF_ERROR(CheckPullBack(points, weights));
  std::vector<LatentPoint> gradients;
  gradients.reserve(points.size());
  for (size_t n = 0; n < points.size(); ++n) {
    LatentPoint gradient(kCoordinates);
    for (int i = 0; i < kCoordinates; ++i) {
      const double step = kDifference * (space_.dimensions[i].upper - space_.dimensions[i].lower);
      LatentPoint below = points[n];
      LatentPoint above = points[n];
      below[i] -= step;
      above[i] += step;
      gradient[i] = (Weighted(above, weights[n]) - Weighted(below, weights[n])) / (2 * step);
    }
    gradients.push_back(std::move(gradient));
  }
  return gradients;
}

}  // namespace evoke
