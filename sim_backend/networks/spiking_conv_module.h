// The spiking network as a torch module, for training. Include only from .cc files that use torch.
#ifndef EVOKE_SIM_BACKEND_NETWORKS_SPIKING_CONV_MODULE_H_
#define EVOKE_SIM_BACKEND_NETWORKS_SPIKING_CONV_MODULE_H_

#include <torch/torch.h>

#include <vector>

#include "sim_backend/networks/spiking_conv_config.h"

namespace evoke {

// Tensors are [image][channel][row][col] in channels-last memory. Over time they are
// [step * images + image]...: all images of a step, then the next step.
class SpikingConvModuleImpl : public torch::nn::Module {
 public:
  struct Output {
    torch::Tensor current;  // [image][class]: mean input of the class neurons over the steps
    torch::Tensor rate;     // [image][class]: their spikes per step, 0 to 1
  };

  explicit SpikingConvModuleImpl(const SpikingConvConfig& config);

  // `images`: display values / 255.
  Output forward(const torch::Tensor& images, int steps);
  const SpikingConvConfig& config() const { return config_; }

 private:
  SpikingConvConfig config_;
  std::vector<torch::nn::Conv2d> convolutions_;  // "conv1", ...; no bias, the batch norm has one
  std::vector<torch::nn::BatchNorm2d> norms_;    // "norm1", ...
  torch::nn::Linear final_{
      nullptr};  // "final", to the class neurons; inputs are [channel][row][col]
  torch::Tensor mean_;
  torch::Tensor deviation_;
};
TORCH_MODULE(SpikingConvModule);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_NETWORKS_SPIKING_CONV_MODULE_H_
