#include "sim_backend/networks/spiking_conv.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "sim_backend/networks/lif.h"

namespace evoke {
namespace {

absl::StatusOr<at::Tensor> ToTensor(const WeightsFile& file, const std::string& name,
                                    std::vector<int64_t> shape) {
  EVOKE_ASSIGN_OR_RETURN(const WeightTensor* weights, file.Tensor(name, shape));
  return at::from_blob(const_cast<float*>(weights->values.data()), shape, at::kFloat).clone();
}

}  // namespace

struct SpikingConv::Weights {
  struct Convolution {
    at::Tensor kernel;  // channels-last
    // The batch norm: current = scale * convolution + shift.
    std::vector<float> scale;
    std::vector<float> shift;
  };
  std::vector<Convolution> convolutions;
  at::Tensor classes;  // [class][row][col][channel], flat but for the first
  std::vector<float> class_bias;

  absl::Status AddConvolution(const WeightsFile& file, int index, int inputs, int outputs,
                              double epsilon) {
    EVOKE_ASSIGN_OR_RETURN(
        const at::Tensor kernel,
        ToTensor(file, absl::StrCat("conv", index, ".weight"), {outputs, inputs, 3, 3}));
    const WeightTensor* norm[4];
    const char* const parts[4] = {"weight", "bias", "running_mean", "running_var"};
    for (int i = 0; i < 4; ++i) {
      EVOKE_ASSIGN_OR_RETURN(norm[i],
                             file.Tensor(absl::StrCat("norm", index, ".", parts[i]), {outputs}));
    }
    Convolution& layer = convolutions.emplace_back();
    layer.kernel = kernel.contiguous(at::MemoryFormat::ChannelsLast);
    for (int c = 0; c < outputs; ++c) {
      if (norm[3]->values[c] + epsilon <= 0) {
        return absl::DataLossError(
            absl::StrCat(file.path, ": norm", index, ".running_var is not positive"));
      }
      const double scale = norm[0]->values[c] / std::sqrt(norm[3]->values[c] + epsilon);
      layer.scale.push_back(static_cast<float>(scale));
      layer.shift.push_back(static_cast<float>(norm[1]->values[c] - scale * norm[2]->values[c]));
    }
    return absl::OkStatus();
  }
};

SpikingConv::SpikingConv(const SpikingConvConfig& config, std::unique_ptr<Weights> weights,
                         std::string sha256)
    : config_(config),
      layers_(config.Layers()),
      weights_(std::move(weights)),
      sha256_(std::move(sha256)) {}

SpikingConv::~SpikingConv() = default;

absl::StatusOr<std::unique_ptr<SpikingConv>> SpikingConv::Create(const WeightsFile& file,
                                                                 int steps) try {
  EVOKE_ASSIGN_OR_RETURN(const std::string text, file.Metadata("evoke.config"));
  absl::StatusOr<SpikingConvConfig> config = SpikingConvConfig::FromJson(text);
  if (!config.ok()) {
    return absl::DataLossError(absl::StrCat(file.path, ": ", config.status().message()));
  }
  if (steps != 0) config->steps = steps;
  EVOKE_RETURN_IF_ERROR(config->Validate());
  auto weights = std::make_unique<Weights>();
  int inputs = 3;
  int index = 0;
  for (int outputs : config->channels) {
    EVOKE_RETURN_IF_ERROR(
        weights->AddConvolution(file, ++index, inputs, outputs, config->norm_epsilon));
    inputs = outputs;
  }
  EVOKE_ASSIGN_OR_RETURN(const at::Tensor classes,
                         ToTensor(file, "final.weight", {config->classes, config->class_inputs()}));
  const int side = config->map_size(index);
  weights->classes = classes.view({config->classes, inputs, side, side})
                         .permute({0, 2, 3, 1})
                         .reshape({config->classes, -1})
                         .contiguous();
  EVOKE_ASSIGN_OR_RETURN(const WeightTensor* bias, file.Tensor("final.bias", {config->classes}));
  weights->class_bias = bias->values;
  return std::unique_ptr<SpikingConv>(new SpikingConv(*config, std::move(weights), file.sha256));
} catch (const std::exception& error) {
  return absl::DataLossError(absl::StrCat(file.path, ": ", error.what()));
}

absl::Status SpikingConv::CheckUnit(const NetworkUnit& unit) const {
  const bool layer_ok = unit.layer >= 0 && unit.layer < static_cast<int>(layers_.size());
  if (layer_ok) {
    const NetworkLayer& layer = layers_[unit.layer];
    const bool pooled = unit.row == -1 && unit.col == -1;
    const bool inside =
        unit.row >= 0 && unit.row < layer.rows && unit.col >= 0 && unit.col < layer.cols;
    if (unit.channel >= 0 && unit.channel < layer.channels && (pooled || inside)) {
      return absl::OkStatus();
    }
  }
  return absl::InvalidArgumentError(
      absl::StrCat("the network has no unit in layer ", unit.layer, ", channel ", unit.channel,
                   ", row ", unit.row, ", column ", unit.col, "; name units through ParseUnit"));
}

absl::StatusOr<std::vector<std::vector<StepSpikes>>> SpikingConv::Respond(
    absl::Span<const Image> images, absl::Span<const NetworkUnit> units) const try {
  int depth = 0;
  for (const NetworkUnit& unit : units) {
    EVOKE_RETURN_IF_ERROR(CheckUnit(unit));
    depth = std::max(depth, unit.layer + 1);
  }
  c10::InferenceMode inference;
  std::vector<std::vector<StepSpikes>> responses;
  responses.reserve(images.size());
  for (const Image& image : images) {
    if (!image.valid() || image.width != image_width() || image.height != image_height()) {
      return absl::InvalidArgumentError(
          absl::StrCat("image ", responses.size(), " is ", image.width, " x ", image.height,
                       "; the network sees ", image_width(), " x ", image_height()));
    }
    responses.push_back(RespondToOne(image, units, depth));
  }
  return responses;
} catch (const std::exception& error) {
  return absl::InternalError(absl::StrCat("spiking network: ", error.what()));
}

std::vector<StepSpikes> SpikingConv::RespondToOne(const Image& image,
                                                  absl::Span<const NetworkUnit> units,
                                                  int depth) const {
  const int steps = config_.steps;
  std::vector<StepSpikes> responses(units.size(), StepSpikes(steps, 0));
  at::Tensor input = at::empty({1, config_.image_size, config_.image_size, 3}, at::kFloat);
  float* values = input.data_ptr<float>();
  for (size_t i = 0; i < image.rgb.size(); ++i) {
    values[i] =
        static_cast<float>((image.rgb[i] / 255.0 - config_.mean[i % 3]) / config_.deviation[i % 3]);
  }
  // Tensors are [step][row][col][channel]; the image stands still, so its first convolution is one.
  const int convolutions = static_cast<int>(weights_->convolutions.size());
  std::vector<uint8_t> spikes;
  for (int i = 0; i < std::min(depth, convolutions); ++i) {
    const Weights::Convolution& layer = weights_->convolutions[i];
    const int side = config_.map_size(i);
    const int channels = config_.channels[i];
    const at::Tensor current = at::conv2d(input.permute({0, 3, 1, 2}), layer.kernel, {}, 1, 1)
                                   .contiguous(at::MemoryFormat::ChannelsLast);
    spikes.resize(static_cast<size_t>(steps) * side * side * channels);
    LifLayer(current.data_ptr<float>(), i == 0 ? LifInput::kConstant : LifInput::kPerStep, steps,
             int64_t{side} * side, channels, layer.scale.data(), layer.shift.data(), config_.lif,
             spikes.data());
    ReadUnits(i, spikes, units, responses);
    if (i + 1 == depth) return responses;
    input = at::empty({steps, side / 2, side / 2, channels}, at::kFloat);
    AveragePool(spikes.data(), steps, side, side, channels, input.data_ptr<float>());
  }
  if (depth > convolutions) {
    const at::Tensor current =
        at::matmul(input.view({steps, -1}), weights_->classes.t()).contiguous();
    const std::vector<float> ones(config_.classes, 1.0f);
    spikes.resize(static_cast<size_t>(steps) * config_.classes);
    LifLayer(current.data_ptr<float>(), LifInput::kPerStep, steps, 1, config_.classes, ones.data(),
             weights_->class_bias.data(), config_.lif, spikes.data());
    ReadUnits(convolutions, spikes, units, responses);
  }
  return responses;
}

void SpikingConv::ReadUnits(int layer, const std::vector<uint8_t>& spikes,
                            absl::Span<const NetworkUnit> units,
                            std::vector<StepSpikes>& out) const {
  const int channels = layers_[layer].channels;
  const int cols = layers_[layer].cols;
  const size_t positions = static_cast<size_t>(layers_[layer].rows) * cols;
  const auto in_layer = [layer](const NetworkUnit& unit) { return unit.layer == layer; };
  if (std::none_of(units.begin(), units.end(), in_layer)) return;
  std::vector<uint32_t> sums(channels);
  for (int t = 0; t < config_.steps; ++t) {
    const uint8_t* step = spikes.data() + t * positions * channels;
    std::fill(sums.begin(), sums.end(), 0);
    for (size_t p = 0; p < positions; ++p) {
      for (int c = 0; c < channels; ++c) sums[c] += step[p * channels + c];
    }
    for (size_t u = 0; u < units.size(); ++u) {
      const NetworkUnit& unit = units[u];
      if (unit.layer != layer) continue;
      const size_t position = static_cast<size_t>(unit.row) * cols + unit.col;
      out[u][t] = unit.row < 0 ? sums[unit.channel] : step[position * channels + unit.channel];
    }
  }
}

}  // namespace evoke
