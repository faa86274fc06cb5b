#include "sim_backend/networks/spiking_conv_export_module.h"

#include "common/weights_file.h"
#include "sim_backend/networks/spiking_conv.h"

namespace evoke {
namespace {

void Add(const std::string& name, const torch::Tensor& tensor, WeightsFile& file) {
  const torch::Tensor plain = tensor.detach().to(torch::kFloat).contiguous();
  WeightTensor& out = file.tensors[name];
  out.shape = plain.sizes().vec();
  out.values.assign(plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel());
  out.type = plain.dim() > 1 ? WeightType::kFloat16 : WeightType::kFloat32;
}

}  // namespace

absl::Status ExportSpikingConv(SpikingConvModuleImpl& module, const std::string& path) {
  WeightsFile file;
  file.metadata = {{"evoke.kind", kSpikingConvKind}, {"evoke.config", module.config().ToJson()}};
  for (const auto& item : module.named_parameters()) Add(item.key(), item.value(), file);
  for (const auto& item : module.named_buffers()) {
    // The number of batches seen is of no use after training.
    if (item.value().dim() == 1) Add(item.key(), item.value(), file);
  }
  return WriteWeights(path, file);
}

}  // namespace evoke
