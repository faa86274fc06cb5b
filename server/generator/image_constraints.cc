#include "server/generator/image_constraints.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

constexpr int kMaxCorrections = 50;
constexpr double kCloseEnough = 1e-5;
constexpr double kNoContrast = 1e-6;

absl::Status CheckRange(absl::string_view name, double value, double low, double high) {
  if (value >= low && value <= high) return absl::OkStatus();  // not for NaN
  return absl::InvalidArgumentError(
      absl::StrCat("image_constraints.", name, ": ", value, "; allowed are ", low, " to ", high));
}

double Luminance(const double* rgb) { return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]; }

// How much of each pixel shows; all 1 without a mask.
std::vector<double> Shares(int width, int height,
                           const std::optional<ImageConstraints::Mask>& mask) {
  std::vector<double> shares(static_cast<size_t>(width) * height, 1);
  if (!mask) return shares;
  const double side = std::min(width, height);
  const double outer = (mask->diameter + mask->edge) / 2 * side;
  const double edge = mask->edge * side;
  for (int row = 0; row < height; ++row) {
    for (int col = 0; col < width; ++col) {
      const double inside = outer - std::hypot(col + 0.5 - width / 2.0, row + 0.5 - height / 2.0);
      double& share = shares[static_cast<size_t>(row) * width + col];
      if (inside <= 0) {
        share = 0;
      } else if (inside < edge) {
        share = 0.5 - 0.5 * std::cos(std::numbers::pi * inside / edge);
      }
    }
  }
  return shares;
}

LuminanceStatistics Measure(const std::vector<double>& values, const std::vector<double>& shares) {
  double total = 0;
  double sum = 0;
  for (size_t i = 0; i < shares.size(); ++i) {
    total += shares[i];
    sum += shares[i] * Luminance(&values[3 * i]);
  }
  LuminanceStatistics result;
  if (total == 0) return result;  // a mask that lets nothing of a small image through
  result.mean = sum / total;
  double squares = 0;
  for (size_t i = 0; i < shares.size(); ++i) {
    const double deviation = Luminance(&values[3 * i]) - result.mean;
    squares += shares[i] * deviation * deviation;
  }
  result.rms_contrast = std::sqrt(squares / total);
  return result;
}

std::vector<double> Values(const Image& image) {
  std::vector<double> values(image.rgb.size());
  for (size_t i = 0; i < values.size(); ++i) values[i] = image.rgb[i] / 255.0;
  return values;
}

void MakeGray(std::vector<double>& values) {
  for (size_t i = 0; i < values.size(); i += 3) {
    std::fill_n(values.begin() + static_cast<std::ptrdiff_t>(i), 3, Luminance(&values[i]));
  }
}

std::vector<double> Scale(const std::vector<double>& values, double middle, double factor,
                          double offset) {
  std::vector<double> scaled(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    scaled[i] = std::clamp((values[i] - middle) * factor + offset, 0.0, 1.0);
  }
  return scaled;
}

void SetLuminance(const ImageConstraints& constraints, const std::vector<double>& shares,
                  std::vector<double>& values) {
  const LuminanceStatistics given = Measure(values, shares);
  const double mean = constraints.mean_luminance.value_or(given.mean);
  const bool flat = given.rms_contrast < kNoContrast;
  const double contrast = flat ? 0 : constraints.rms_contrast.value_or(given.rms_contrast);
  double factor = flat ? 1 : contrast / given.rms_contrast;
  double offset = mean;
  std::vector<double> best;
  double least = 0;
  for (int i = 0; i < kMaxCorrections; ++i) {
    std::vector<double> scaled = Scale(values, given.mean, factor, offset);
    const LuminanceStatistics got = Measure(scaled, shares);
    const double miss = std::hypot(mean - got.mean, contrast - got.rms_contrast);
    if (best.empty() || miss < least) {
      best = std::move(scaled);
      least = miss;
    }
    if (miss < kCloseEnough) break;
    offset += mean - got.mean;
    // Clipping has cost contrast; what is still there tells by how much more to stretch.
    if (got.rms_contrast > kNoContrast) factor *= std::min(2.0, contrast / got.rms_contrast);
  }
  values = std::move(best);
}

}  // namespace

absl::Status ImageConstraints::Validate() const {
  if (mean_luminance) EVOKE_RETURN_IF_ERROR(CheckRange("mean_luminance", *mean_luminance, 0, 1));
  if (rms_contrast) EVOKE_RETURN_IF_ERROR(CheckRange("rms_contrast", *rms_contrast, 0, 0.5));
  if (!mask) return absl::OkStatus();
  EVOKE_RETURN_IF_ERROR(CheckRange("mask.diameter", mask->diameter, 0.01, 1));
  EVOKE_RETURN_IF_ERROR(CheckRange("mask.edge", mask->edge, 0, mask->diameter));
  return CheckRange("mask.background", mask->background, 0, 1);
}

Image ApplyConstraints(const Image& image, const ImageConstraints& constraints) {
  if (!constraints.any()) return image;
  std::vector<double> values = Values(image);
  const std::vector<double> shares = Shares(image.width, image.height, constraints.mask);
  if (constraints.gray) MakeGray(values);
  if (constraints.mean_luminance || constraints.rms_contrast) {
    SetLuminance(constraints, shares, values);
  }
  const double background = constraints.mask ? constraints.mask->background : 0;
  Image result = image;
  for (size_t i = 0; i < values.size(); ++i) {
    const double share = shares[i / 3];
    const double value = share * values[i] + (1 - share) * background;
    result.rgb[i] = static_cast<uint8_t>(std::lround(value * 255));
  }
  return result;
}

LuminanceStatistics MeasureLuminance(const Image& image,
                                     const std::optional<ImageConstraints::Mask>& mask) {
  return Measure(Values(image), Shares(image.width, image.height, mask));
}

}  // namespace evoke
