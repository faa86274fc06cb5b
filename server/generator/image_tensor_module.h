// Images as tensors and back. Include only from .cc files that use torch.
#ifndef EVOKE_SERVER_GENERATOR_IMAGE_TENSOR_MODULE_H_
#define EVOKE_SERVER_GENERATOR_IMAGE_TENSOR_MODULE_H_

#include <ATen/ATen.h>

#include "common/image.h"
#include "server/generator/generator.h"

namespace evoke {

// `values` is [1][3][row][col], display values / 255; rounded and clipped to [0, 1].
Image ToImage(const at::Tensor& values);
// [1][3][row][col] in channels-last memory, display values / 255.
at::Tensor ToTensor(const Image& image);
// [1][3][row][col] in channels-last memory, for an image of this size.
at::Tensor ToTensor(const PixelWeights& weights, int width, int height);
// [1][dimension], single floats.
at::Tensor ToTensor(const LatentPoint& point);

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
