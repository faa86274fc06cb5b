#include "tests/bench/plain_torch_network.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <map>
#include <string>
#include <utility>

#include "common/status_macros.h"
#include "sim_backend/networks/layered_weights.h"

namespace evoke {

struct PlainTorchNetwork::Tensors {
  std::map<std::string, at::Tensor> all;
  const at::Tensor& operator[](const std::string& name) const { return all.at(name); }
};

PlainTorchNetwork::PlainTorchNetwork(const Architecture& architecture,
                                     std::unique_ptr<Tensors> tensors)
    : architecture_(architecture), tensors_(std::move(tensors)) {}

PlainTorchNetwork::~PlainTorchNetwork() = default;

absl::StatusOr<std::unique_ptr<PlainTorchNetwork>> PlainTorchNetwork::Create(
    const WeightsFile& file, int steps) {
  EVOKE_ASSIGN_OR_RETURN(Architecture architecture, ReadLayeredNetwork(file));
  if (architecture.lif.reset != LifReset::kZero || !architecture.lif.decay_input) {
    return absl::UnimplementedError("the peer has neurons with decaying input and reset to zero");
  }
  if (steps != 0) architecture.steps = steps;
  auto tensors = std::make_unique<Tensors>();
  for (const auto& [name, weights] : file.tensors) {
    at::Tensor tensor =
        at::from_blob(const_cast<float*>(weights.values.data()), weights.shape, at::kFloat).clone();
    if (tensor.dim() == 4) tensor = tensor.contiguous(at::MemoryFormat::ChannelsLast);
    tensors->all[name] = tensor;
  }
  return std::unique_ptr<PlainTorchNetwork>(
      new PlainTorchNetwork(architecture, std::move(tensors)));
}

std::vector<float> PlainTorchNetwork::Classes(absl::Span<const Image> images) const {
  c10::InferenceMode inference;
  const int64_t count = static_cast<int64_t>(images.size());
  const int64_t side = architecture_.image_size;
  const int64_t steps = architecture_.steps;
  at::Tensor pixels = at::empty({count, side, side, 3}, at::kFloat);
  float* to = pixels.data_ptr<float>();
  for (const Image& image : images) {
    for (size_t i = 0; i < image.rgb.size(); ++i) {
      *to++ = static_cast<float>((image.rgb[i] / 255.0 - architecture_.mean[i % 3]) /
                                 architecture_.deviation[i % 3]);
    }
  }
  const at::Tensor input = pixels.permute({0, 3, 1, 2})
                               .repeat({steps, 1, 1, 1})
                               .contiguous(at::MemoryFormat::ChannelsLast);
  std::vector<at::Tensor> spikes;
  for (size_t l = 0; l < architecture_.layers.size(); ++l) {
    const LayerSpec& layer = architecture_.layers[l];
    at::Tensor current;
    for (size_t b = 0; b < layer.branches.size(); ++b) {
      const Branch& branch = layer.branches[b];
      const std::string prefix = architecture_.prefix(static_cast<int>(l), static_cast<int>(b));
      at::Tensor x = branch.source == Branch::kImage ? input : spikes[branch.source];
      if (branch.pool == Branch::Pool::kAverage2) x = at::avg_pool2d(x, 2);
      if (branch.pool == Branch::Pool::kMax3) x = at::max_pool2d(x, 3, 2, 1);
      if (branch.pool == Branch::Pool::kGlobalAverage) x = x.mean({2, 3}, true);
      const c10::optional<at::Tensor> bias =
          branch.bias ? c10::optional<at::Tensor>((*tensors_)[prefix + ".bias"]) : c10::nullopt;
      if (branch.map == Branch::Map::kConvolution) {
        x = at::conv2d(x, (*tensors_)[prefix + ".weight"], bias, branch.stride, branch.padding);
      } else if (branch.map == Branch::Map::kLinear) {
        x = at::linear(x.flatten(1), (*tensors_)[prefix + ".weight"], bias);
        x = x.view({x.size(0), x.size(1), 1, 1});
      }
      if (branch.norm) {
        x = at::batch_norm(
            x, (*tensors_)[prefix + ".norm.weight"], (*tensors_)[prefix + ".norm.bias"],
            (*tensors_)[prefix + ".norm.running_mean"], (*tensors_)[prefix + ".norm.running_var"],
            false, 0, architecture_.norm_epsilon, false);
      }
      current = b == 0 ? x : current + x;
    }
    at::Tensor fired = at::empty_like(current);
    at::Tensor v = at::zeros_like(current.narrow(0, 0, count));
    for (int64_t t = 0; t < steps; ++t) {
      v = v + (current.narrow(0, t * count, count) - v) / architecture_.lif.tau;
      const at::Tensor s = v.ge(architecture_.lif.threshold).to(at::kFloat);
      fired.narrow(0, t * count, count).copy_(s);
      v = v * (1 - s);
    }
    spikes.push_back(fired);
  }
  const at::Tensor sums =
      spikes.back().view({steps, count, architecture_.classes()}).sum(0).contiguous();
  return {sums.data_ptr<float>(), sums.data_ptr<float>() + sums.numel()};
}

}  // namespace evoke
