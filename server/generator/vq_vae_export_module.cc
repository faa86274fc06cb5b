#include "server/generator/vq_vae_export_module.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "server/generator/code_order.h"

namespace evoke {
namespace {

constexpr char kCodeBook[] = "code_book";

// Parameters and buffers by name.
std::vector<std::pair<std::string, torch::Tensor>> AllTensors(VqVaeModuleImpl& module) {
  std::vector<std::pair<std::string, torch::Tensor>> tensors;
  for (const auto& item : module.named_parameters()) tensors.emplace_back(item.key(), item.value());
  for (const auto& item : module.named_buffers()) tensors.emplace_back(item.key(), item.value());
  return tensors;
}

std::vector<float> Values(const torch::Tensor& tensor) {
  const torch::Tensor plain = tensor.detach().contiguous();
  return {plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel()};
}

std::vector<float> SortRows(const std::vector<float>& rows, int count) {
  const size_t size = rows.size() / count;
  std::vector<float> sorted;
  sorted.reserve(rows.size());
  for (int row : BisectionOrder(rows, count)) {
    sorted.insert(sorted.end(), rows.begin() + row * size, rows.begin() + (row + 1) * size);
  }
  return sorted;
}

}  // namespace

absl::Status ExportVqVae(VqVaeModuleImpl& module, const std::string& path) {
  WeightsFile file;
  file.metadata = {{"evoke.kind", kVqVaeKind}, {"evoke.config", module.config().ToJson()}};
  for (const auto& [name, tensor] : AllTensors(module)) {
    std::vector<float> values = Values(tensor);
    if (name == kCodeBook) values = SortRows(values, module.config().codes);
    file.tensors[name] = {tensor.sizes().vec(), std::move(values), WeightType::kFloat16};
  }
  return WriteWeights(path, file);
}

absl::StatusOr<VqVaeModule> ImportVqVae(const WeightsFile& file) {
  EVOKE_ASSIGN_OR_RETURN(const std::string text, file.ConfigOf(kVqVaeKind, "VQ-VAE"));
  const absl::StatusOr<VqVaeConfig> config = VqVaeConfig::FromJson(text);
  if (!config.ok()) {
    return absl::DataLossError(absl::StrCat(file.path, ": ", config.status().message()));
  }
  VqVaeModule module(*config);
  torch::NoGradGuard no_grad;
  for (auto& [name, tensor] : AllTensors(*module)) {
    EVOKE_ASSIGN_OR_RETURN(const WeightTensor* weights, file.Tensor(name, tensor.sizes().vec()));
    tensor.copy_(torch::from_blob(const_cast<float*>(weights->values.data()), tensor.sizes()));
  }
  module->eval();
  return module;
}

}  // namespace evoke
