#include "server/generator/image_tensor_module.h"

#include <algorithm>
#include <utility>

namespace evoke {

Image ToImage(const at::Tensor& values) { return std::move(ToImages(values)[0]); }

std::vector<Image> ToImages(const at::Tensor& values) {
  const at::Tensor bytes =
      (values.permute({0, 2, 3, 1}) * 255).round().clamp(0, 255).to(at::kByte).contiguous();
  const uint8_t* from = bytes.data_ptr<uint8_t>();
  const int64_t size = bytes[0].numel();
  std::vector<Image> images;
  for (int64_t i = 0; i < bytes.size(0); ++i, from += size) {
    images.push_back({static_cast<int>(bytes.size(2)), static_cast<int>(bytes.size(1)),
                      std::vector<uint8_t>(from, from + size)});
  }
  return images;
}

at::Tensor ToTensor(const Image& image) {
  const at::Tensor bytes = at::from_blob(const_cast<uint8_t*>(image.rgb.data()),
                                         {1, image.height, image.width, 3}, at::kByte);
  return bytes.permute({0, 3, 1, 2}).to(at::kFloat) / 255;
}

at::Tensor ToTensor(const PixelWeights& weights, int width, int height) {
  return at::from_blob(const_cast<float*>(weights.data()), {1, height, width, 3}, at::kFloat)
      .permute({0, 3, 1, 2})
      .clone();
}

at::Tensor ToTensor(const LatentPoint& point) {
  return ToTensor(absl::Span<const LatentPoint>(&point, 1));
}

at::Tensor ToTensor(absl::Span<const LatentPoint> points) {
  at::Tensor tensor = at::empty(
      {static_cast<int64_t>(points.size()), static_cast<int64_t>(points[0].size())}, at::kFloat);
  float* to = tensor.data_ptr<float>();
  for (const LatentPoint& point : points) {
    to = std::transform(point.begin(), point.end(), to,
                        [](double value) { return static_cast<float>(value); });
  }
  return tensor;
}

}  // namespace evoke
