// A network of an Architecture as a torch module, for training. Include only from .cc files that
// use torch.
#ifndef EVOKE_SIM_BACKEND_NETWORKS_LAYERED_MODULE_H_
#define EVOKE_SIM_BACKEND_NETWORKS_LAYERED_MODULE_H_

#include <torch/torch.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "sim_backend/networks/architecture.h"

namespace evoke {

// Tensors are [image][channel][row][col] in channels-last memory. Over time they are
// [step * images + image]...: all images of a step, then the next step. What depends on the image
// alone is the same in every step, and is computed once.
class LayeredModuleImpl : public torch::nn::Module {
 public:
  struct Output {
    torch::Tensor current;  // [image][class]: mean input of the class neurons over the steps
    torch::Tensor rate;     // [image][class]: their spikes per step, 0 to 1; or rectified current
  };

  // Requires a valid architecture.
  explicit LayeredModuleImpl(const Architecture& architecture);

  // `images`: display values / 255. `steps` is 1 for rectified neurons.
  Output forward(const torch::Tensor& images, int steps);
  const Architecture& architecture() const { return architecture_; }

  // Every weight by its name in a weights file (architecture.h).
  std::vector<std::pair<std::string, torch::Tensor>> Weights() const;

 private:
  // A tensor, and whether it stands for all steps ([image] instead of [step * images + image]).
  struct Signal {
    torch::Tensor values;
    bool constant = true;
  };
  struct BranchModules {
    torch::nn::Conv2d convolution{nullptr};
    torch::nn::Linear linear{nullptr};
    torch::nn::BatchNorm2d norm{nullptr};
  };

  void AddBranch(int layer, int branch);
  torch::Tensor RunBranch(int layer, int branch, const Signal& source);
  // The summed current of a layer.
  Signal Current(int layer, const std::vector<Signal>& outputs, const Signal& image, int steps);

  const Architecture architecture_;
  std::vector<std::vector<BranchModules>> branches_;  // [layer][branch]
  std::vector<int> last_reader_;                      // [layer]: the last layer that reads it
  torch::Tensor mean_;
  torch::Tensor deviation_;
};
TORCH_MODULE(LayeredModule);

// Writes `path` (.safetensors): maps as half floats, norms and biases as single floats.
// `metadata` is added to the file's.
absl::Status ExportLayered(const LayeredModuleImpl& module,
                           const std::map<std::string, std::string>& metadata,
                           const std::string& path);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_NETWORKS_LAYERED_MODULE_H_
