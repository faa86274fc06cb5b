#include "tests/networks/random_network.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "common/random.h"

namespace evoke {
namespace {

float RoundToWeight(double value) { return static_cast<float>(std::round(value * 2048) / 2048); }

WeightTensor Random(std::vector<int64_t> shape, double mean, double deviation, Rng& rng) {
  WeightTensor tensor{std::move(shape), {}, WeightType::kFloat32};
  int64_t size = 1;
  for (const int64_t n : tensor.shape) size *= n;
  for (int64_t i = 0; i < size; ++i) {
    tensor.values.push_back(RoundToWeight(mean + deviation * rng.Normal()));
  }
  return tensor;
}

}  // namespace

WeightsFile RandomWeights(const Architecture& architecture, uint64_t seed) {
  Rng rng(seed);
  WeightsFile file;
  file.path = "random network";
  file.sha256 = "none";
  file.metadata = {{"evoke.kind", kLayeredNetworkKind}, {"evoke.config", architecture.ToJson()}};
  for (int l = 0; l < static_cast<int>(architecture.layers.size()); ++l) {
    const LayerSpec& layer = architecture.layers[l];
    for (int b = 0; b < static_cast<int>(layer.branches.size()); ++b) {
      const Branch& branch = layer.branches[b];
      const std::string prefix = architecture.prefix(l, b);
      const int inputs = architecture.inputs(branch);
      const int fan =
          branch.map == Branch::Map::kConvolution ? inputs * branch.kernel * branch.kernel : inputs;
      // Inputs are spikes, a quarter of which come; then the deviation of the sum is about 1.
      const double deviation = 2 / std::sqrt(fan);
      if (branch.map == Branch::Map::kConvolution) {
        file.tensors[prefix + ".weight"] =
            Random({layer.channels, inputs, branch.kernel, branch.kernel}, 0, deviation, rng);
      } else if (branch.map == Branch::Map::kLinear) {
        file.tensors[prefix + ".weight"] =
            Random({layer.channels, inputs}, 0.3 / std::sqrt(fan), 2 * deviation, rng);
      }
      if (branch.bias) file.tensors[prefix + ".bias"] = Random({layer.channels}, 1, 0.3, rng);
      if (!branch.norm) continue;
      file.tensors[prefix + ".norm.weight"] = Random({layer.channels}, 1, 0.1, rng);
      file.tensors[prefix + ".norm.bias"] = Random({layer.channels}, 0.7, 0.3, rng);
      file.tensors[prefix + ".norm.running_mean"] = Random({layer.channels}, 0, 0.2, rng);
      WeightTensor variance = Random({layer.channels}, 1, 0.2, rng);
      for (float& v : variance.values) v = std::max(v, 0.25f);
      file.tensors[prefix + ".norm.running_var"] = variance;
    }
  }
  return file;
}

std::vector<Image> RandomImages(int count, int size, uint64_t seed) {
  Rng rng(seed);
  std::vector<Image> images;
  for (int i = 0; i < count; ++i) {
    Image image = UniformImage(size, size, 0);
    const double angle = rng.Uniform(0, std::numbers::pi);
    const double frequency = rng.Uniform(0.2, 1.2);
    double phase[3];
    for (double& p : phase) p = rng.Uniform(0, 2 * std::numbers::pi);
    for (int row = 0; row < size; ++row) {
      for (int col = 0; col < size; ++col) {
        const double x = frequency * (std::cos(angle) * col + std::sin(angle) * row);
        for (int c = 0; c < 3; ++c) {
          const double value = 128 + 80 * std::sin(x + phase[c]) + rng.Uniform(-30, 30);
          image.rgb[(row * size + col) * 3 + c] =
              static_cast<uint8_t>(std::clamp(value, 0.0, 255.0));
        }
      }
    }
    images.push_back(image);
  }
  return images;
}

std::vector<std::string> FamilyNames() {
  return {"small", "resnet18_wide", "resnet18_narrow", "convnet", "resnet", "linear"};
}

Architecture SmallArchitecture(const std::string& family) {
  Architecture a = SmallSpikingNetwork(8);
  if (family == "resnet18_wide") a = SpikingResNet18(4, true);
  if (family == "resnet18_narrow") a = SpikingResNet18(4, false);
  if (family == "convnet") a = ConvNet(6);
  if (family == "resnet") a = ResNet(4);
  if (family == "linear") {
    // Linear maps alone, one of them of the image again beside that of a layer.
    Branch first{.pool = Branch::Pool::kAverage2, .map = Branch::Map::kLinear};
    Branch second{.source = 0, .map = Branch::Map::kLinear, .norm = false};
    Branch again{.pool = Branch::Pool::kAverage2, .map = Branch::Map::kLinear, .bias = true};
    a.layers = {{"hidden", 20, {first}}, {"class", 10, {second, again}}};
  }
  a.image_size = 16;
  a.steps = 6;
  return a;
}

}  // namespace evoke
