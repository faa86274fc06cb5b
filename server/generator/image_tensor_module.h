// Images as tensors and back. Include only from .cc files that use torch.
#ifndef EVOKE_SERVER_GENERATOR_IMAGE_TENSOR_MODULE_H_
#define EVOKE_SERVER_GENERATOR_IMAGE_TENSOR_MODULE_H_

#include <ATen/ATen.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "absl/types/span.h"
#include "common/image.h"
#include "server/generator/generator.h"

namespace evoke {

// `values` is [1][3][row][col], display values / 255; rounded and clipped to [0, 1].
Image ToImage(const at::Tensor& values);
// [image][3][row][col], likewise.
std::vector<Image> ToImages(const at::Tensor& values);
// [1][3][row][col] in channels-last memory, display values / 255.
at::Tensor ToTensor(const Image& image);
// [1][3][row][col] in channels-last memory, for an image of this size.
at::Tensor ToTensor(const PixelWeights& weights, int width, int height);
// [1][dimension], single floats.
at::Tensor ToTensor(const LatentPoint& point);
// [point][dimension], likewise; at least one point.
at::Tensor ToTensor(absl::Span<const LatentPoint> points);

// Points that one pass of a network takes: more are not faster, and need more memory.
inline constexpr size_t kPointsOfPass = 16;

// An image for each point. `decode` maps some points to their images: [point][3][row][col], display
// values / 255.
template <typename Decode>
std::vector<Image> DecodeInPasses(absl::Span<const LatentPoint> points, Decode decode) {
  std::vector<Image> images;
  images.reserve(points.size());
  for (size_t begin = 0; begin < points.size(); begin += kPointsOfPass) {
    std::vector<Image> pass = ToImages(decode(points.subspan(begin, kPointsOfPass)));
    std::move(pass.begin(), pass.end(), std::back_inserter(images));
  }
  return images;
}

// The gradient of sum(weights * image) with respect to the point, by autograd. `decode` maps a
// point's tensor to the image's: [1][3][row][col], display values / 255.
template <typename Decode>
LatentPoint PullBackThrough(const LatentPoint& point, const at::Tensor& weights, Decode decode) {
  const at::AutoGradMode with_gradients(true);
  at::Tensor latent = ToTensor(point);
  latent.requires_grad_(true);
  (decode(latent) * weights).sum().backward();
  const at::Tensor gradient = latent.grad().contiguous();
  return {gradient.data_ptr<float>(), gradient.data_ptr<float>() + gradient.numel()};
}

}  // namespace evoke

#endif  // EVOKE_SERVER_GENERATOR_IMAGE_TENSOR_MODULE_H_
