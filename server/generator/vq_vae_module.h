// The VQ-VAE as a torch module, shared by the generator and the training. Include only from .cc
// files that use torch.
//
// Method: van den Oord et al., "Neural discrete representation learning", NeurIPS 2017, with the
// code book learnt by exponential moving averages (its appendix A.1). The decoder enlarges by
// copying pixels before a convolution: no checkerboard patterns, and faster than transposed
// convolutions.
#ifndef EVOKE_SERVER_GENERATOR_VQ_VAE_MODULE_H_
#define EVOKE_SERVER_GENERATOR_VQ_VAE_MODULE_H_

#include <torch/torch.h>

#include "server/generator/vq_vae_config.h"

namespace evoke {

// Images are [image][channel][row][col], display values / 255. Codes are [image][row][col], int64.
class VqVaeModuleImpl : public torch::nn::Module {
 public:
  explicit VqVaeModuleImpl(const VqVaeConfig& config);

  // [image][code_size][row][col]: what the code book is to approximate.
  torch::Tensor Encode(const torch::Tensor& images);
  // The nearest codes.
  torch::Tensor Quantize(const torch::Tensor& encoded);
  // [image][code_size][row][col]
  torch::Tensor Lookup(const torch::Tensor& codes);
  // Not clipped to [0, 1].
  torch::Tensor Decode(const torch::Tensor& quantized);

  const VqVaeConfig& config() const { return config_; }
  // [code][code_size]; no parameter, training moves it by averages.
  torch::Tensor& code_book() { return code_book_; }

 private:
  torch::Tensor Residual(torch::nn::ModuleList& blocks, torch::Tensor x);

  VqVaeConfig config_;
  torch::nn::Sequential down_;  // to a quarter of the size
  torch::nn::ModuleList encoder_blocks_;
  torch::nn::Conv2d to_code_{nullptr};
  torch::nn::Conv2d from_code_{nullptr};
  torch::nn::ModuleList decoder_blocks_;
  torch::nn::Conv2d half_{nullptr};  // at half the image's size
  torch::nn::Conv2d full_{nullptr};  // at its full size
  torch::nn::Conv2d color_{nullptr};
  torch::Tensor code_book_;
};
TORCH_MODULE(VqVaeModule);

}  // namespace evoke

#endif  // EVOKE_SERVER_GENERATOR_VQ_VAE_MODULE_H_
