#include "sim_backend/networks/torch_script_network.h"

#include <torch/script.h>

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status_macros.h"
#include "proto/manifest_file.h"

namespace evoke {
namespace {

using Manifest = v1::TorchScriptNetwork;

// The first line: what follows is torch's stack.
std::string FirstLine(const std::exception& error) {
  const std::string text = error.what();
  return text.substr(0, std::min<size_t>(text.find('\n'), 300));
}

std::vector<NetworkLayer> LayersOf(const Manifest& manifest) {
  std::vector<NetworkLayer> layers;
  for (const Manifest::Layer& layer : manifest.layers()) {
    layers.push_back({layer.name(), layer.channels(), layer.rows(), layer.cols()});
  }
  return layers;
}

// Which of the outputs a layer is.
c10::IValue Choose(const c10::IValue& outputs, const Manifest::Layer& layer) {
  const std::string& name = layer.output();
  if (outputs.isTensor()) {
    if (name.empty()) return outputs;
    throw std::invalid_argument(absl::StrCat("layer ", layer.name(), " is output \"", name,
                                             "\", but forward() returns one tensor"));
  }
  if (outputs.isGenericDict()) {
    const auto dictionary = outputs.toGenericDict();
    std::vector<std::string> known;
    for (const auto& entry : dictionary) {
      if (!entry.key().isString()) continue;
      if (entry.key().toStringRef() == name) return entry.value();
      known.push_back(entry.key().toStringRef());
    }
    throw std::invalid_argument(absl::StrCat("layer ", layer.name(), " is output \"", name,
                                             "\", but forward() returns ",
                                             absl::StrJoin(known, ", ")));
  }
  std::vector<c10::IValue> list;
  if (outputs.isTuple()) {
    list.assign(outputs.toTupleRef().elements().begin(), outputs.toTupleRef().elements().end());
  } else if (outputs.isTensorList()) {
    for (const at::Tensor& tensor : outputs.toTensorVector()) list.emplace_back(tensor);
  } else {
    throw std::invalid_argument(
        absl::StrCat("forward() returns a ", outputs.tagKind(),
                     ", not a tensor, a tuple or list of tensors, or a dictionary of them"));
  }
  size_t index = 0;
  if (!absl::SimpleAtoi(name, &index) || index >= list.size()) {
    throw std::invalid_argument(absl::StrCat("layer ", layer.name(), " is output \"", name,
                                             "\", but forward() returns outputs 0 to ",
                                             static_cast<int>(list.size()) - 1));
  }
  return list[index];
}

}  // namespace

struct TorchScriptNetwork::Impl {
  Manifest manifest;
  // forward() is not const, though it changes no module that keeps no state.
  mutable torch::jit::Module module;

  // Activations of every layer, [channel][row][col]; negative ones are 0.
  std::vector<at::Tensor> Run(const Image& image) const {
    const torch::jit::GraphOptimizerEnabledGuard no_optimizer(false);
    at::Tensor input = at::empty({1, image.height, image.width, 3}, at::kFloat);
    float* values = input.data_ptr<float>();
    for (size_t i = 0; i < image.rgb.size(); ++i) {
      const int color = static_cast<int>(i % 3);
      values[i] = static_cast<float>((image.rgb[i] / 255.0 - manifest.mean(color)) /
                                     manifest.deviation(color));
    }
    const c10::IValue outputs = module.forward({input.permute({0, 3, 1, 2}).contiguous()});
    std::vector<at::Tensor> layers;
    for (const Manifest::Layer& layer : manifest.layers()) {
      const c10::IValue output = Choose(outputs, layer);
      if (!output.isTensor()) {
        throw std::invalid_argument(
            absl::StrCat("layer ", layer.name(), " is no tensor but a ", output.tagKind()));
      }
      layers.push_back(Checked(output.toTensor(), layer));
    }
    return layers;
  }

  static at::Tensor Checked(const at::Tensor& values, const Manifest::Layer& layer) {
    const std::vector<int64_t> shape = {1, layer.channels(), layer.rows(), layer.cols()};
    const bool flat = layer.rows() * layer.cols() == 1 && values.dim() == 2 &&
                      values.size(0) == 1 && values.size(1) == layer.channels();
    if ((!flat && values.sizes() != at::IntArrayRef(shape)) ||
        !at::isFloatingType(values.scalar_type())) {
      throw std::invalid_argument(
          absl::StrCat("layer ", layer.name(), " is ", c10::toString(values.scalar_type()), " [",
                       absl::StrJoin(values.sizes().vec(), ", "), "], the manifest says floats [",
                       absl::StrJoin(shape, ", "), "]"));
    }
    const at::Tensor plain = values.to(at::kFloat).reshape({shape[1], shape[2], shape[3]});
    if (!plain.isfinite().all().item<bool>()) {
      throw std::invalid_argument(
          absl::StrCat("layer ", layer.name(), " has activations that are not finite"));
    }
    return plain.clamp_min(0).contiguous();
  }
};

TorchScriptNetwork::TorchScriptNetwork(std::unique_ptr<Impl> impl, const Manifest& manifest,
                                       std::string sha256)
    : impl_(std::move(impl)),
      manifest_(manifest),
      layers_(LayersOf(manifest)),
      sha256_(std::move(sha256)) {}

TorchScriptNetwork::~TorchScriptNetwork() = default;

absl::StatusOr<std::unique_ptr<TorchScriptNetwork>> TorchScriptNetwork::Create(
    const std::string& module_path, const Manifest& manifest, std::string sha256, int steps) {
  EVOKE_RETURN_IF_ERROR(CheckModuleFile(module_path, manifest.sha256()));
  if (steps < 0 || steps > 10000) {
    return absl::InvalidArgumentError(
        absl::StrCat("steps: ", steps, " is given, allowed are 1 to 10000, or 0"));
  }
  auto impl = std::make_unique<Impl>();
  impl->manifest = manifest;
  if (steps != 0) impl->manifest.set_steps(steps);
  try {
    impl->module = torch::jit::load(module_path, at::kCPU);
    impl->module.eval();
  } catch (const std::exception& error) {
    return absl::DataLossError(
        absl::StrCat(module_path, ": is no TorchScript module: ", FirstLine(error)));
  }
  try {
    const at::NoGradGuard no_grad;
    impl->Run(UniformImage(manifest.image_width(), manifest.image_height(), 128));
  } catch (const std::exception& error) {
    return absl::InvalidArgumentError(
        absl::StrCat(module_path, ": does not fit its manifest: ", FirstLine(error)));
  }
  const Manifest filled = impl->manifest;
  return std::unique_ptr<TorchScriptNetwork>(
      new TorchScriptNetwork(std::move(impl), filled, std::move(sha256)));
}

absl::StatusOr<std::vector<std::vector<StepSpikes>>> TorchScriptNetwork::Respond(
    absl::Span<const Image> images, absl::Span<const NetworkUnit> units) const try {
  EVOKE_RETURN_IF_ERROR(CheckUnits(layers_, units));
  EVOKE_RETURN_IF_ERROR(CheckImages(images, image_width(), image_height()));
  const at::NoGradGuard no_grad;
  const double seconds = absl::ToDoubleSeconds(step_duration());
  std::vector<std::vector<StepSpikes>> responses;
  for (const Image& image : images) {
    const std::vector<at::Tensor> layers = impl_->Run(image);
    std::vector<StepSpikes>& response = responses.emplace_back();
    for (const NetworkUnit& unit : units) {
      const at::Tensor map = layers[unit.layer][unit.channel];
      const double activation =
          unit.row < 0 ? map.mean().item<double>() : map[unit.row][unit.col].item<double>();
      const double rate = activation * manifest_.layers(unit.layer).spikes_per_second();
      response.emplace_back(steps(), static_cast<float>(rate * seconds));
    }
  }
  return responses;
} catch (const std::exception& error) {
  return absl::InternalError(absl::StrCat("TorchScript network: ", FirstLine(error)));
}

absl::StatusOr<std::vector<float>> TorchScriptNetwork::LayerCounts(absl::Span<const Image> images,
                                                                   int layer) const try {
  EVOKE_RETURN_IF_ERROR(CheckLayer(layers_, layer));
  EVOKE_RETURN_IF_ERROR(CheckImages(images, image_width(), image_height()));
  const at::NoGradGuard no_grad;
  const double factor = manifest_.layers(layer).spikes_per_second() * steps() *
                        absl::ToDoubleSeconds(step_duration());
  std::vector<float> counts;
  for (const Image& image : images) {
    const at::Tensor map = impl_->Run(image)[layer].mul(factor);
    counts.insert(counts.end(), map.data_ptr<float>(), map.data_ptr<float>() + map.numel());
  }
  return counts;
} catch (const std::exception& error) {
  return absl::InternalError(absl::StrCat("TorchScript network: ", FirstLine(error)));
}

}  // namespace evoke
