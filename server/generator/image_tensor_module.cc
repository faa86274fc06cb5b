#include "server/generator/image_tensor_module.h"

#include <algorithm>

namespace evoke {

Image ToImage(const at::Tensor& values) {
  const at::Tensor bytes =
      (values[0].permute({1, 2, 0}) * 255).round().clamp(0, 255).to(at::kByte).contiguous();
  Image image{static_cast<int>(bytes.size(1)), static_cast<int>(bytes.size(0)),
              std::vector<uint8_t>(bytes.numel())};
  std::copy_n(bytes.data_ptr<uint8_t>(), image.rgb.size(), image.rgb.begin());
  return image;
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
  at::Tensor tensor = at::empty({1, static_cast<int64_t>(point.size())}, at::kFloat);
  std::transform(point.begin(), point.end(), tensor.data_ptr<float>(),
                 [](double value) { return static_cast<float>(value); });
  return tensor;
}

}  // namespace evoke
