#include "sim_backend/networks/spiking_conv_module.h"

#include "absl/strings/str_cat.h"

namespace evoke {
namespace {

// Torch sees the neurons of all steps as one operation: stepping inside the kernel keeps the
// membrane in the cache, where a graph of single steps would write a dozen tensors per step.
class LifFunction : public torch::autograd::Function<LifFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, torch::Tensor input,
                               int64_t steps, bool constant, double tau, double threshold) {
    const auto format = input.suggest_memory_format();
    input = input.contiguous(format);
    std::vector<int64_t> shape = input.sizes().vec();
    if (constant) shape[0] *= steps;
    torch::Tensor membrane = torch::empty(shape, input.options(), format);
    torch::Tensor spikes = torch::empty(shape, input.options(), format);
    const LifParameters p{static_cast<float>(tau), static_cast<float>(threshold)};
    LifForward(input.data_ptr<float>(), constant ? LifInput::kConstant : LifInput::kPerStep,
               static_cast<int>(steps), spikes.numel() / steps, p, membrane.data_ptr<float>(),
               spikes.data_ptr<float>());
    context->save_for_backward({membrane});
    context->saved_data["steps"] = steps;
    context->saved_data["constant"] = constant;
    context->saved_data["tau"] = tau;
    context->saved_data["threshold"] = threshold;
    return spikes;
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               torch::autograd::tensor_list grads) {
    const torch::Tensor membrane = context->get_saved_variables()[0];
    const int64_t steps = context->saved_data["steps"].toInt();
    const bool constant = context->saved_data["constant"].toBool();
    const LifParameters p{static_cast<float>(context->saved_data["tau"].toDouble()),
                          static_cast<float>(context->saved_data["threshold"].toDouble())};
    const auto format = membrane.suggest_memory_format();
    const torch::Tensor grad = grads[0].contiguous(format);
    std::vector<int64_t> shape = membrane.sizes().vec();
    if (constant) shape[0] /= steps;
    torch::Tensor result = torch::empty(shape, membrane.options(), format);
    LifBackward(membrane.data_ptr<float>(), grad.data_ptr<float>(),
                constant ? LifInput::kConstant : LifInput::kPerStep, static_cast<int>(steps),
                membrane.numel() / steps, p, result.data_ptr<float>());
    return {result, torch::Tensor(), torch::Tensor(), torch::Tensor(), torch::Tensor()};
  }
};

torch::Tensor ChannelConstants(const std::array<double, 3>& values) {
  return torch::tensor({values[0], values[1], values[2]}, torch::kFloat).view({1, 3, 1, 1});
}

}  // namespace

SpikingConvModuleImpl::SpikingConvModuleImpl(const SpikingConvConfig& config)
    : config_(config),
      mean_(ChannelConstants(config.mean)),
      deviation_(ChannelConstants(config.deviation)) {
  int inputs = 3;
  for (int i = 0; i < static_cast<int>(config.channels.size()); ++i) {
    const int outputs = config.channels[i];
    convolutions_.push_back(register_module(
        absl::StrCat("conv", i + 1),
        torch::nn::Conv2d(torch::nn::Conv2dOptions(inputs, outputs, 3).padding(1).bias(false))));
    norms_.push_back(register_module(
        absl::StrCat("norm", i + 1),
        torch::nn::BatchNorm2d(torch::nn::BatchNormOptions(outputs).eps(config.norm_epsilon))));
    inputs = outputs;
  }
  final_ = register_module("final", torch::nn::Linear(config.class_inputs(), config.classes));
}

SpikingConvModuleImpl::Output SpikingConvModuleImpl::forward(const torch::Tensor& images,
                                                             int steps) {
  const int64_t count = images.size(0);
  const auto spike = [&](const torch::Tensor& input, bool constant) {
    return LifFunction::apply(input, static_cast<int64_t>(steps), constant,
                              static_cast<double>(config_.lif.tau),
                              static_cast<double>(config_.lif.threshold));
  };
  torch::Tensor x = ((images - mean_) / deviation_).contiguous(torch::MemoryFormat::ChannelsLast);
  for (size_t i = 0; i < convolutions_.size(); ++i) {
    x = spike(norms_[i](convolutions_[i](x)), i == 0);
    x = torch::avg_pool2d(x, 2);
  }
  const torch::Tensor current = final_(x.contiguous().view({steps * count, -1}));
  const torch::Tensor spikes = spike(current, false);
  return {current.view({steps, count, -1}).mean(0), spikes.view({steps, count, -1}).mean(0)};
}

}  // namespace evoke
