#include "sim_backend/networks/torch_network.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <exception>
#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

constexpr auto kChannelsLast = at::MemoryFormat::ChannelsLast;

// What a layer gives: [step * images + image] or, if it is the same in every step, [image], then
// [channel][row][col], channels-last.
struct Signal {
  at::Tensor values;
  bool constant = true;
};
using Visitor = std::function<void(int layer, const Signal& output)>;

at::Tensor Pooled(const at::Tensor& x, Branch::Pool pool) {
  switch (pool) {
    case Branch::Pool::kNone:
      return x;
    case Branch::Pool::kAverage2:
      return at::avg_pool2d(x, 2);
    case Branch::Pool::kMax3:
      return at::max_pool2d(x, 3, 2, 1);
    case Branch::Pool::kGlobalAverage:
      return x.mean({2, 3}, true);
  }
  return x;
}

at::Tensor Fire(const Signal& current, const LifParameters& lif, int steps) {
  std::vector<int64_t> shape = current.values.sizes().vec();
  if (current.constant) shape[0] *= steps;
  const at::Tensor input = current.values.contiguous(kChannelsLast);
  at::Tensor spikes = at::empty(shape, input.options().memory_format(kChannelsLast));
  const LifInput kind = current.constant ? LifInput::kConstant : LifInput::kPerStep;
  const int64_t neurons = spikes.numel() / steps;
  if (input.scalar_type() == at::kDouble) {
    LifSpikes(input.data_ptr<double>(), kind, steps, neurons, lif, spikes.data_ptr<double>());
  } else {
    LifSpikes(input.data_ptr<float>(), kind, steps, neurons, lif, spikes.data_ptr<float>());
  }
  return spikes;
}

}  // namespace

struct TorchNetwork::Tensors {
  struct OfBranch {
    at::Tensor weight, bias;
    // The norm: scale * x + shift, [1][channel][1][1]. Rounded once, from doubles.
    at::Tensor scale, shift;
  };

  Tensors(const WeightsFile& file, const Architecture& a, at::ScalarType scalar_type)
      : architecture(a), type(scalar_type) {
    const auto read = [&](const std::string& name, at::ScalarType as) {
      const WeightTensor& tensor = file.tensors.at(name);
      return at::from_blob(const_cast<float*>(tensor.values.data()), tensor.shape, at::kFloat)
          .to(as, /*non_blocking=*/false, /*copy=*/true);
    };
    for (int l = 0; l < static_cast<int>(a.layers.size()); ++l) {
      branches.emplace_back();
      for (int b = 0; b < static_cast<int>(a.layers[l].branches.size()); ++b) {
        const Branch& branch = a.layers[l].branches[b];
        const std::string prefix = a.prefix(l, b);
        OfBranch& tensors = branches[l].emplace_back();
        if (branch.map != Branch::Map::kIdentity) tensors.weight = read(prefix + ".weight", type);
        if (branch.map == Branch::Map::kConvolution) {
          tensors.weight = tensors.weight.contiguous(kChannelsLast);
        }
        if (branch.bias) tensors.bias = read(prefix + ".bias", type);
        if (!branch.norm) continue;
        const auto norm = [&](const char* part) {
          return read(prefix + ".norm." + part, at::kDouble).view({1, -1, 1, 1});
        };
        const at::Tensor scale = norm("weight") / (norm("running_var") + a.norm_epsilon).sqrt();
        tensors.scale = scale.to(type);
        tensors.shift = (norm("bias") - scale * norm("running_mean")).to(type);
      }
    }
  }

  Signal Normalised(absl::Span<const Image> images) const {
    const int64_t side = architecture.image_size;
    at::Tensor batch = at::empty({static_cast<int64_t>(images.size()), side, side, 3}, at::kDouble);
    double* to = batch.data_ptr<double>();
    for (const Image& image : images) {
      for (size_t i = 0; i < image.rgb.size(); ++i) {
        *to++ = (image.rgb[i] / 255.0 - architecture.mean[i % 3]) / architecture.deviation[i % 3];
      }
    }
    return {batch.permute({0, 3, 1, 2}).to(type)};
  }

  at::Tensor RunBranch(int layer, int index, const at::Tensor& source) const {
    const Branch& branch = architecture.layers[layer].branches[index];
    const OfBranch& t = branches[layer][index];
    at::Tensor x = Pooled(source, branch.pool);
    if (branch.map == Branch::Map::kConvolution) {
      x = at::conv2d(x, t.weight, t.bias, branch.stride, branch.padding);
    } else if (branch.map == Branch::Map::kLinear) {
      x = at::linear(x.contiguous().view({x.size(0), -1}), t.weight, t.bias);
      x = x.view({x.size(0), -1, 1, 1});
    }
    // In two steps, as a fused one would round differently on other machines.
    return branch.norm ? x.mul_(t.scale).add_(t.shift) : x;
  }

  Signal Current(int layer, const std::vector<Signal>& outputs, const Signal& image,
                 int steps) const {
    Signal sum;
    const std::vector<Branch>& specs = architecture.layers[layer].branches;
    for (int b = 0; b < static_cast<int>(specs.size()); ++b) {
      const Signal& source = specs[b].source == Branch::kImage ? image : outputs[specs[b].source];
      Signal current{RunBranch(layer, b, source.values), source.constant};
      if (b == 0) {
        sum = current;
        continue;
      }
      for (Signal* signal : {&sum, &current}) {
        if (signal->constant && sum.constant != current.constant) {
          *signal = {signal->values.repeat({steps, 1, 1, 1}), false};
        }
      }
      const bool identity = specs[0].map == Branch::Map::kIdentity;
      sum.values = identity ? sum.values + current.values : sum.values.add_(current.values);
    }
    return sum;
  }

  // Runs the first `depth` layers.
  void Run(absl::Span<const Image> images, int depth, const Visitor& visit) const {
    const Signal image = Normalised(images);
    std::vector<Signal> outputs(depth);
    for (int l = 0; l < depth; ++l) {
      const Signal current = Current(l, outputs, image, architecture.steps);
      if (architecture.neurons == NeuronModel::kRectified) {
        outputs[l] = {at::relu(current.values), current.constant};
      } else {
        outputs[l] = {Fire(current, architecture.lif, architecture.steps), false};
      }
      visit(l, outputs[l]);
      for (int before = 0; before < l; ++before) {
        if (last_reader(before) <= l) outputs[before].values.reset();
      }
    }
  }

  int last_reader(int layer) const {
    int last = -1;
    for (int l = layer + 1; l < static_cast<int>(architecture.layers.size()); ++l) {
      for (const Branch& branch : architecture.layers[l].branches) {
        if (branch.source == layer) last = l;
      }
    }
    return last;
  }

  const Architecture architecture;
  const at::ScalarType type;
  std::vector<std::vector<OfBranch>> branches;  // [layer][branch]
};

TorchNetwork::TorchNetwork(const Architecture& architecture, const TorchNetworkOptions& options,
                           std::vector<RateGain> gains, std::unique_ptr<Tensors> tensors,
                           std::string sha256)
    : architecture_(architecture),
      options_(options),
      layers_(architecture.Layers()),
      gains_(std::move(gains)),
      tensors_(std::move(tensors)),
      sha256_(std::move(sha256)) {}

TorchNetwork::~TorchNetwork() = default;

absl::StatusOr<std::unique_ptr<TorchNetwork>> TorchNetwork::Create(
    const WeightsFile& file, const TorchNetworkOptions& options) try {
  EVOKE_ASSIGN_OR_RETURN(Architecture architecture, ReadLayeredNetwork(file));
  EVOKE_ASSIGN_OR_RETURN(std::vector<RateGain> gains, ReadRates(file, architecture));
  if (options.steps != 0) architecture.steps = options.steps;
  EVOKE_RETURN_IF_ERROR(architecture.Validate());
  if (options.batch < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("a batch of ", options.batch, " images; at least 1 is needed"));
  }
  c10::InferenceMode inference;
  const bool wide = options.precision == TorchNetworkOptions::Precision::kFloat64;
  auto tensors = std::make_unique<Tensors>(file, architecture, wide ? at::kDouble : at::kFloat);
  return std::unique_ptr<TorchNetwork>(
      new TorchNetwork(architecture, options, std::move(gains), std::move(tensors), file.sha256));
} catch (const std::exception& error) {
  return absl::InternalError(absl::StrCat(file.path, ": ", error.what()));
}

absl::StatusOr<std::vector<std::vector<StepSpikes>>> TorchNetwork::Respond(
    absl::Span<const Image> images, absl::Span<const NetworkUnit> units) const try {
  EVOKE_RETURN_IF_ERROR(CheckUnits(layers_, units));
  EVOKE_RETURN_IF_ERROR(CheckImages(images, image_width(), image_height()));
  int depth = 0;
  for (const NetworkUnit& unit : units) depth = std::max(depth, unit.layer + 1);
  std::vector<std::vector<StepSpikes>> responses(
      images.size(), std::vector<StepSpikes>(units.size(), StepSpikes(steps(), 0)));
  const double step_seconds = absl::ToDoubleSeconds(step_duration());
  c10::InferenceMode inference;
  for (size_t begin = 0; begin < images.size(); begin += options_.batch) {
    const auto part = images.subspan(begin, options_.batch);
    const auto read = [&](int layer, const Signal& output) {
      at::Tensor maps = output.values.to(at::kFloat).contiguous(kChannelsLast);
      at::Tensor pooled;  // [step * images + image][channel]
      for (size_t u = 0; u < units.size(); ++u) {
        const NetworkUnit& unit = units[u];
        if (unit.layer != layer) continue;
        if (unit.row < 0 && !pooled.defined()) {
          pooled = (spiking() ? maps.sum({2, 3}) : maps.mean({2, 3})).contiguous();
        }
        const at::Tensor& from = unit.row < 0 ? pooled : maps;
        const int64_t position = unit.row < 0 ? 0 : unit.row * layers_[layer].cols + unit.col;
        const int64_t offset = position * layers_[layer].channels + unit.channel;
        const int64_t stride = from.numel() / from.size(0);
        const double gain = unit.row < 0 ? gains_[layer].pooled : gains_[layer].position;
        const float* values = from.data_ptr<float>() + offset;
        for (size_t n = 0; n < part.size(); ++n) {
          for (int t = 0; t < steps(); ++t) {
            const size_t row = output.constant ? n : t * part.size() + n;
            const float value = values[static_cast<int64_t>(row) * stride];
            responses[begin + n][u][t] =
                spiking() ? value : static_cast<float>(value * gain * step_seconds);
          }
        }
      }
    };
    tensors_->Run(part, depth, read);
  }
  return responses;
} catch (const std::exception& error) {
  return absl::InternalError(absl::StrCat("network: ", error.what()));
}

absl::StatusOr<std::vector<float>> TorchNetwork::LayerCounts(absl::Span<const Image> images,
                                                             int layer) const try {
  EVOKE_RETURN_IF_ERROR(CheckLayer(layers_, layer));
  EVOKE_RETURN_IF_ERROR(CheckImages(images, image_width(), image_height()));
  std::vector<float> counts;
  const double gain =
      spiking() ? 1 : gains_[layer].position * absl::ToDoubleSeconds(step_duration());
  c10::InferenceMode inference;
  for (size_t begin = 0; begin < images.size(); begin += options_.batch) {
    const auto part = images.subspan(begin, options_.batch);
    const auto read = [&](int l, const Signal& output) {
      if (l != layer) return;
      const int64_t count = static_cast<int64_t>(part.size());
      std::vector<int64_t> shape = output.values.sizes().vec();
      shape.insert(shape.begin() + 1, count);
      shape[0] = output.constant ? 1 : steps();
      at::Tensor sum = output.values.view(shape).sum(0).mul(gain);
      if (output.constant) sum.mul_(steps());
      sum = sum.to(at::kFloat).contiguous();
      counts.insert(counts.end(), sum.data_ptr<float>(), sum.data_ptr<float>() + sum.numel());
    };
    tensors_->Run(part, layer + 1, read);
  }
  return counts;
} catch (const std::exception& error) {
  return absl::InternalError(absl::StrCat("network: ", error.what()));
}

}  // namespace evoke
