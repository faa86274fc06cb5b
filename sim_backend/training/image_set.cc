#include "sim_backend/training/image_set.h"

#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "sim_backend/training/cifar10.h"
#include "sim_backend/training/fashion_mnist.h"

namespace evoke {

Image ImageSet::image(int index) const {
  return {image_size, image_size,
          std::vector<uint8_t>(pixels(index), pixels(index) + image_bytes())};
}

void ImageSet::Truncate(int count) {
  if (count >= size()) return;
  labels.resize(count);
  rgb.resize(count * image_bytes());
}

bool IsGray(const ImageSet& images) {
  for (size_t i = 0; i < images.rgb.size(); i += 3) {
    if (images.rgb[i] != images.rgb[i + 1] || images.rgb[i] != images.rgb[i + 2]) return false;
  }
  return true;
}

ChannelStatistics Statistics(const ImageSet& images) {
  std::array<double, 3> sums{};
  std::array<double, 3> squares{};
  for (size_t i = 0; i < images.rgb.size(); ++i) {
    const double value = images.rgb[i] / 255.0;
    sums[i % 3] += value;
    squares[i % 3] += value * value;
  }
  ChannelStatistics result;
  const double n = static_cast<double>(images.rgb.size()) / 3;
  double mean = 0;
  double square = 0;
  for (int c = 0; c < 3; ++c) {
    result.mean[c] = sums[c] / n;
    result.deviation[c] = std::sqrt(squares[c] / n - result.mean[c] * result.mean[c]);
    mean += result.mean[c] / 3;
    square += squares[c] / n / 3;
  }
  result.variance = square - mean * mean;
  return result;
}

absl::StatusOr<TrainingData> LoadTrainingData(const std::string& spec) {
  const size_t colon = spec.find(':');
  const std::string name = spec.substr(0, colon);
  const std::string folder = colon == std::string::npos ? "" : spec.substr(colon + 1);
  if (name == "cifar10") {
    if (folder.empty()) {
      return absl::InvalidArgumentError("--data cifar10 needs a folder: --data cifar10:DIR");
    }
    return LoadCifar10(folder);
  }
  if (name == "fashion-mnist") {
    return LoadFashionMnist(folder.empty() ? kFashionMnistFolder : folder);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--data ", spec, ": unknown data set; use cifar10:DIR or fashion-mnist[:DIR]"));
}

}  // namespace evoke
