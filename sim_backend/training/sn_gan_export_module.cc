#include "sim_backend/training/sn_gan_export_module.h"

namespace evoke {
namespace {

void Add(const NamedTensors& tensors, WeightsFile& file) {
  for (const auto& [name, tensor] : tensors) {
    const torch::Tensor plain = tensor.detach().to(torch::kFloat).contiguous();
    WeightTensor& out = file.tensors[name];
    out.shape = plain.sizes().vec();
    out.values.assign(plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel());
    out.type = plain.dim() > 1 ? WeightType::kFloat16 : WeightType::kFloat32;
  }
}

}  // namespace

WeightsFile SnGanWeights(const SnGanConfig& config, const SnGanModule& module) {
  WeightsFile file;
  file.metadata = {{"evoke.kind", kSnGanKind}, {"evoke.config", config.ToJson()}};
  Add(module.average->weights(), file);
  Add(module.discriminator->FixedWeights(), file);
  return file;
}

absl::Status ExportSnGan(const SnGanConfig& config, const SnGanModule& module,
                         const std::string& path) {
  return WriteWeights(path, SnGanWeights(config, module));
}

}  // namespace evoke
