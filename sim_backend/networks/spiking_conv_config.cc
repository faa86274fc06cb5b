#include "sim_backend/networks/spiking_conv_config.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

absl::Status CheckRange(const char* name, double value, double low, double high) {
  if (std::isfinite(value) && value >= low && value <= high) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("spiking network: ", name, " is ", value, ", must be ", low, " to ", high));
}

}  // namespace

int SpikingConvConfig::class_inputs() const {
  const int side = map_size(static_cast<int>(channels.size()));
  return channels.back() * side * side;
}

std::vector<NetworkLayer> SpikingConvConfig::Layers() const {
  std::vector<NetworkLayer> layers;
  for (int i = 0; i < static_cast<int>(channels.size()); ++i) {
    layers.push_back({absl::StrCat("conv", i + 1), channels[i], map_size(i), map_size(i)});
  }
  layers.push_back({"class", classes, 1, 1});
  return layers;
}

absl::Status SpikingConvConfig::Validate() const {
  EVOKE_RETURN_IF_ERROR(CheckRange("the number of convolutions", channels.size(), 1, 8));
  EVOKE_RETURN_IF_ERROR(CheckRange("image_size", image_size, 8, 512));
  if (image_size % (1 << channels.size()) != 0) {
    return absl::InvalidArgumentError(absl::StrCat("spiking network: image_size ", image_size,
                                                   " cannot be halved ", channels.size(),
                                                   " times"));
  }
  for (int c : channels) EVOKE_RETURN_IF_ERROR(CheckRange("a channel number", c, 1, 4096));
  EVOKE_RETURN_IF_ERROR(CheckRange("classes", classes, 1, 10000));
  EVOKE_RETURN_IF_ERROR(CheckRange("train_steps", train_steps, 1, 1000));
  EVOKE_RETURN_IF_ERROR(CheckRange("steps", steps, 1, 10000));
  EVOKE_RETURN_IF_ERROR(CheckRange("step_ms", step_ms, 1e-3, 1e4));
  EVOKE_RETURN_IF_ERROR(CheckRange("tau", lif.tau, 1, 1e6));
  EVOKE_RETURN_IF_ERROR(CheckRange("threshold", lif.threshold, 1e-6, 1e6));
  EVOKE_RETURN_IF_ERROR(CheckRange("norm_epsilon", norm_epsilon, 0, 1));
  for (double m : mean) EVOKE_RETURN_IF_ERROR(CheckRange("mean", m, -10, 10));
  for (double d : deviation) EVOKE_RETURN_IF_ERROR(CheckRange("deviation", d, 1e-4, 10));
  return absl::OkStatus();
}

std::string SpikingConvConfig::ToJson() const {
  const nlohmann::json json = {
      {"image_size", image_size},
      {"channels", channels},
      {"classes", classes},
      {"train_steps", train_steps},
      {"steps", steps},
      {"step_ms", step_ms},
      {"tau", lif.tau},
      {"threshold", lif.threshold},
      {"reset", 0},
      {"norm_epsilon", norm_epsilon},
      {"mean", mean},
      {"deviation", deviation},
  };
  return json.dump();
}

absl::StatusOr<SpikingConvConfig> SpikingConvConfig::FromJson(const std::string& text) {
  SpikingConvConfig config;
  try {
    const nlohmann::json json = nlohmann::json::parse(text);
    json.at("image_size").get_to(config.image_size);
    json.at("channels").get_to(config.channels);
    json.at("classes").get_to(config.classes);
    json.at("train_steps").get_to(config.train_steps);
    json.at("steps").get_to(config.steps);
    json.at("step_ms").get_to(config.step_ms);
    json.at("tau").get_to(config.lif.tau);
    json.at("threshold").get_to(config.lif.threshold);
    json.at("norm_epsilon").get_to(config.norm_epsilon);
    json.at("mean").get_to(config.mean);
    json.at("deviation").get_to(config.deviation);
  } catch (const nlohmann::json::exception& error) {
    return absl::InvalidArgumentError(absl::StrCat("spiking network: ", error.what()));
  }
  EVOKE_RETURN_IF_ERROR(config.Validate());
  return config;
}

}  // namespace evoke
