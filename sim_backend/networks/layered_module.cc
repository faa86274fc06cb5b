#include "sim_backend/networks/layered_module.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/weights_file.h"
#include "sim_backend/networks/lif.h"

namespace evoke {
namespace {

// Mean current of a norm before training, in thresholds. With 0, as usual for norms, few neurons of
// a layer fire, fewer of the next, and a deep network hardly learns: after three epochs of 5000
// images, a ResNet-18 named 20 % of CIFAR-10's test images, and 30 % with 0.5, 31 % with 1.
constexpr double kFirstCurrent = 0.75;

// Torch sees the neurons of all steps as one operation: stepping inside the kernel keeps the
// membrane in the cache, where a graph of single steps would write a dozen tensors per step.
class LifFunction : public torch::autograd::Function<LifFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, torch::Tensor input,
                               int64_t steps, bool constant, double tau, double threshold,
                               bool decay_input, int64_t reset) {
    const auto format = input.suggest_memory_format();
    input = input.contiguous(format);
    std::vector<int64_t> shape = input.sizes().vec();
    if (constant) shape[0] *= steps;
    torch::Tensor membrane = torch::empty(shape, input.options(), format);
    torch::Tensor spikes = torch::empty(shape, input.options(), format);
    const LifParameters p{static_cast<float>(tau), static_cast<float>(threshold), decay_input,
                          static_cast<LifReset>(reset)};
    LifForward(input.data_ptr<float>(), constant ? LifInput::kConstant : LifInput::kPerStep,
               static_cast<int>(steps), spikes.numel() / steps, p, membrane.data_ptr<float>(),
               spikes.data_ptr<float>());
    context->save_for_backward({membrane});
    context->saved_data["steps"] = steps;
    context->saved_data["constant"] = constant;
    context->saved_data["tau"] = tau;
    context->saved_data["threshold"] = threshold;
    context->saved_data["decay_input"] = decay_input;
    context->saved_data["reset"] = reset;
    return spikes;
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               torch::autograd::tensor_list grads) {
    auto& saved = context->saved_data;
    const torch::Tensor membrane = context->get_saved_variables()[0];
    const int64_t steps = saved["steps"].toInt();
    const bool constant = saved["constant"].toBool();
    const LifParameters p{static_cast<float>(saved["tau"].toDouble()),
                          static_cast<float>(saved["threshold"].toDouble()),
                          saved["decay_input"].toBool(),
                          static_cast<LifReset>(saved["reset"].toInt())};
    const auto format = membrane.suggest_memory_format();
    const torch::Tensor grad = grads[0].contiguous(format);
    std::vector<int64_t> shape = membrane.sizes().vec();
    if (constant) shape[0] /= steps;
    torch::Tensor result = torch::empty(shape, membrane.options(), format);
    LifBackward(membrane.data_ptr<float>(), grad.data_ptr<float>(),
                constant ? LifInput::kConstant : LifInput::kPerStep, static_cast<int>(steps),
                membrane.numel() / steps, p, result.data_ptr<float>());
    torch::autograd::tensor_list gradients(7);
    gradients[0] = result;
    return gradients;
  }
};

torch::Tensor ChannelConstants(const std::array<double, 3>& values) {
  return torch::tensor({values[0], values[1], values[2]}, torch::kFloat).view({1, 3, 1, 1});
}

torch::Tensor Pooled(const torch::Tensor& x, Branch::Pool pool) {
  switch (pool) {
    case Branch::Pool::kNone:
      return x;
    case Branch::Pool::kAverage2:
      return torch::avg_pool2d(x, 2);
    case Branch::Pool::kMax3:
      return torch::max_pool2d(x, 3, 2, 1);
    case Branch::Pool::kGlobalAverage:
      return x.mean({2, 3}, true);
  }
  return x;
}

}  // namespace

LayeredModuleImpl::LayeredModuleImpl(const Architecture& architecture)
    : architecture_(architecture),
      last_reader_(architecture.layers.size(), -1),
      mean_(ChannelConstants(architecture.mean)),
      deviation_(ChannelConstants(architecture.deviation)) {
  for (int l = 0; l < static_cast<int>(architecture_.layers.size()); ++l) {
    const std::vector<Branch>& branches = architecture_.layers[l].branches;
    branches_.emplace_back(branches.size());
    for (int b = 0; b < static_cast<int>(branches.size()); ++b) {
      AddBranch(l, b);
      if (branches[b].source != Branch::kImage) last_reader_[branches[b].source] = l;
    }
  }
}

void LayeredModuleImpl::AddBranch(int layer, int branch) {
  const LayerSpec& spec = architecture_.layers[layer];
  const Branch& b = spec.branches[branch];
  BranchModules& modules = branches_[layer][branch];
  // A checkpoint is a program in which these are identifiers, and layers may be called "class".
  const std::string place = absl::StrCat(layer, "_", branch);
  const int inputs = architecture_.inputs(b);
  if (b.map == Branch::Map::kConvolution) {
    modules.convolution = register_module(
        "map_" + place, torch::nn::Conv2d(torch::nn::Conv2dOptions(inputs, spec.channels, b.kernel)
                                              .stride(b.stride)
                                              .padding(b.padding)
                                              .bias(b.bias)));
  } else if (b.map == Branch::Map::kLinear) {
    modules.linear = register_module(
        "map_" + place,
        torch::nn::Linear(torch::nn::LinearOptions(inputs, spec.channels).bias(b.bias)));
  }
  if (b.norm) {
    modules.norm = register_module(
        "norm_" + place,
        torch::nn::BatchNorm2d(
            torch::nn::BatchNorm2dOptions(spec.channels).eps(architecture_.norm_epsilon)));
    if (architecture_.neurons == NeuronModel::kLif) {
      torch::nn::init::constant_(modules.norm->bias, kFirstCurrent * architecture_.lif.threshold);
    }
  }
}

torch::Tensor LayeredModuleImpl::RunBranch(int layer, int branch, const Signal& source) {
  const Branch& b = architecture_.layers[layer].branches[branch];
  BranchModules& modules = branches_[layer][branch];
  torch::Tensor x = Pooled(source.values, b.pool);
  if (modules.convolution) x = modules.convolution(x);
  if (modules.linear) {
    x = modules.linear(x.contiguous().view({x.size(0), -1})).view({x.size(0), -1, 1, 1});
  }
  return modules.norm ? modules.norm(x) : x;
}

LayeredModuleImpl::Signal LayeredModuleImpl::Current(int layer, const std::vector<Signal>& outputs,
                                                     const Signal& image, int steps) {
  Signal sum;
  const std::vector<Branch>& branches = architecture_.layers[layer].branches;
  for (int b = 0; b < static_cast<int>(branches.size()); ++b) {
    const int from = branches[b].source;
    const Signal& source = from == Branch::kImage ? image : outputs[from];
    Signal current{RunBranch(layer, b, source), source.constant};
    if (b == 0) {
      sum = current;
      continue;
    }
    for (Signal* signal : {&sum, &current}) {
      if (signal->constant && sum.constant != current.constant) {
        *signal = {signal->values.repeat({steps, 1, 1, 1}), false};
      }
    }
    sum.values = sum.values + current.values;
  }
  return sum;
}

LayeredModuleImpl::Output LayeredModuleImpl::forward(const torch::Tensor& images, int steps) {
  const int64_t count = images.size(0);
  const Signal image{((images - mean_) / deviation_).contiguous(torch::MemoryFormat::ChannelsLast)};
  const int layers = static_cast<int>(architecture_.layers.size());
  const LifParameters& lif = architecture_.lif;
  std::vector<Signal> outputs(layers);
  Signal current;
  for (int l = 0; l < layers; ++l) {
    current = Current(l, outputs, image, steps);
    if (architecture_.neurons == NeuronModel::kRectified) {
      outputs[l] = {torch::relu(current.values), current.constant};
    } else {
      outputs[l] = {
          LifFunction::apply(current.values, static_cast<int64_t>(steps), current.constant,
                             static_cast<double>(lif.tau), static_cast<double>(lif.threshold),
                             lif.decay_input, static_cast<int64_t>(lif.reset)),
          false};
    }
    for (int before = 0; before < l; ++before) {
      if (last_reader_[before] == l) outputs[before].values.reset();
    }
  }
  const auto mean = [count](const torch::Tensor& x) {
    return x.view({-1, count, x.size(1)}).mean(0);
  };
  return {mean(current.values), mean(outputs[layers - 1].values)};
}

std::vector<std::pair<std::string, torch::Tensor>> LayeredModuleImpl::Weights() const {
  std::vector<std::pair<std::string, torch::Tensor>> weights;
  for (int l = 0; l < static_cast<int>(branches_.size()); ++l) {
    for (int b = 0; b < static_cast<int>(branches_[l].size()); ++b) {
      const BranchModules& modules = branches_[l][b];
      const std::string prefix = architecture_.prefix(l, b);
      const auto add = [&](const char* name, const torch::Tensor& tensor) {
        if (tensor.defined()) weights.emplace_back(absl::StrCat(prefix, ".", name), tensor);
      };
      if (modules.convolution) {
        add("weight", modules.convolution->weight);
        add("bias", modules.convolution->bias);
      }
      if (modules.linear) {
        add("weight", modules.linear->weight);
        add("bias", modules.linear->bias);
      }
      if (modules.norm) {
        add("norm.weight", modules.norm->weight);
        add("norm.bias", modules.norm->bias);
        add("norm.running_mean", modules.norm->running_mean);
        add("norm.running_var", modules.norm->running_var);
      }
    }
  }
  return weights;
}

absl::Status ExportLayered(const LayeredModuleImpl& module,
                           const std::map<std::string, std::string>& metadata,
                           const std::string& path) {
  WeightsFile file;
  file.metadata = metadata;
  file.metadata["evoke.kind"] = kLayeredNetworkKind;
  file.metadata["evoke.config"] = module.architecture().ToJson();
  for (const auto& [name, tensor] : module.Weights()) {
    const torch::Tensor plain = tensor.detach().to(torch::kFloat).contiguous();
    WeightTensor& out = file.tensors[name];
    out.shape = plain.sizes().vec();
    out.values.assign(plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel());
    out.type = plain.dim() > 1 ? WeightType::kFloat16 : WeightType::kFloat32;
  }
  return WriteWeights(path, file);
}

}  // namespace evoke
