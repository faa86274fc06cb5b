#include "sim_backend/training/sn_gan_module.h"

#include <cmath>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "sim_backend/training/batch_norm_module.h"

namespace evoke {
namespace {

constexpr double kTiny = 1e-12;

bool EndsWith(const std::string& name, const char* end) { return absl::EndsWith(name, end); }

// torch allows no dots in names.
std::string Plain(const std::string& name) { return absl::StrReplaceAll(name, {{".", "_"}}); }

// Glorot's uniform initialisation; the convolutions on the way of the residual get sqrt(2) times
// its range, for the ReLU before them, as in the paper's code.
torch::Tensor Initial(const NamedShape& item) {
  if (item.shape.size() == 1) {
    const bool one = EndsWith(item.name, ".variance") || EndsWith(item.name, ".weight");
    return one ? torch::ones(item.shape) : torch::zeros(item.shape);
  }
  const bool residual =
      absl::StrContains(item.name, ".conv1.") || absl::StrContains(item.name, ".conv2.");
  torch::Tensor weight = torch::empty(item.shape);
  return torch::nn::init::xavier_uniform_(weight, residual ? std::sqrt(2.0) : 1.0);
}

bool IsStatistic(const std::string& name) {
  return EndsWith(name, ".mean") || EndsWith(name, ".variance");
}

torch::Tensor Unit(const torch::Tensor& vector) { return vector / (vector.norm() + kTiny); }

torch::Tensor Matrix(const torch::Tensor& weight) { return weight.reshape({weight.size(0), -1}); }

torch::Tensor Normalized(const torch::Tensor& weight, const torch::Tensor& vector) {
  torch::Tensor right;
  {
    torch::NoGradGuard no_grad;
    right = Unit(Matrix(weight).t().mv(vector));
  }
  const torch::Tensor largest = vector.dot(Matrix(weight).mv(right));
  return weight / largest;
}

}  // namespace

SnGeneratorModule::SnGeneratorModule(const SnGanConfig& config) : config_(config) {
  for (const NamedShape& item : GeneratorShapes(config)) {
    weights_[item.name] = IsStatistic(item.name)
                              ? register_buffer(Plain(item.name), Initial(item))
                              : register_parameter(Plain(item.name), Initial(item));
  }
}

torch::Tensor SnGeneratorModule::Forward(const torch::Tensor& latents) {
  const ChannelNorm norm = [this](const torch::Tensor& map, const std::string& name) {
    const torch::Tensor& weight = weights_.at(name + ".weight");
    const torch::Tensor& bias = weights_.at(name + ".bias");
    torch::Tensor& mean = weights_.at(name + ".mean");
    torch::Tensor& variance = weights_.at(name + ".variance");
    return is_training() ? BatchNormTraining(map, weight, bias, mean, variance)
                         : BatchNormKept(map, weight, bias, mean, variance);
  };
  return GeneratorForward(config_, weights_, norm, latents);
}

void SnGeneratorModule::MoveTowards(const SnGeneratorModule& other, double share) {
  torch::NoGradGuard no_grad;
  for (auto& [name, tensor] : weights_) tensor.lerp_(other.weights_.at(name), share);
}

SnDiscriminatorModule::SnDiscriminatorModule(const SnGanConfig& config) {
  for (const NamedShape& item : DiscriminatorShapes(config)) {
    weights_[item.name] = register_parameter(Plain(item.name), Initial(item));
    if (item.shape.size() > 1) {
      vectors_[item.name] =
          register_buffer(Plain(item.name) + "_vector", Unit(torch::randn({item.shape[0]})));
    }
  }
}

NamedTensors SnDiscriminatorModule::LearningWeights() {
  NamedTensors normalized = weights_;
  for (auto& [name, vector] : vectors_) {
    const torch::Tensor& weight = weights_.at(name);
    {
      torch::NoGradGuard no_grad;
      const torch::Tensor matrix = Matrix(weight);
      vector.copy_(Unit(matrix.mv(Unit(matrix.t().mv(vector)))));
    }
    normalized[name] = Normalized(weight, vector.clone());
  }
  return normalized;
}

NamedTensors SnDiscriminatorModule::FixedWeights() const {
  torch::NoGradGuard no_grad;
  NamedTensors normalized;
  for (const auto& [name, weight] : weights_) {
    const auto vector = vectors_.find(name);
    normalized[name] =
        vector == vectors_.end() ? weight.detach() : Normalized(weight, vector->second).detach();
  }
  return normalized;
}

SnGanModule::SnGanModule(const SnGanConfig& config)
    : generator(register_module("generator", std::make_shared<SnGeneratorModule>(config))),
      average(register_module("average", std::make_shared<SnGeneratorModule>(config))),
      discriminator(
          register_module("discriminator", std::make_shared<SnDiscriminatorModule>(config))),
      steps(register_buffer("steps", torch::zeros({1}, torch::kLong))) {
  average->MoveTowards(*generator, 1);
  average->eval();
  for (torch::Tensor& parameter : average->parameters()) parameter.set_requires_grad(false);
}

}  // namespace evoke
