#include "server/generator/vq_vae_config.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

absl::Status CheckRange(const char* name, int value, int low, int high) {
  if (value >= low && value <= high) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("VQ-VAE: ", name, " is ", value, ", must be ", low, " to ", high));
}

}  // namespace

LatentSpace VqVaeConfig::latent_space() const {
  LatentSpace space;
  space.dimensions.assign(positions(), LatentDimension::Categorical(codes));
  space.map_rows = map_size();
  space.map_cols = map_size();
  return space;
}

absl::Status VqVaeConfig::Validate() const {
  EVOKE_RETURN_IF_ERROR(CheckRange("image_size", image_size, 8, 512));
  if (image_size % 4 != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("VQ-VAE: image_size is ", image_size, ", must be divisible by 4"));
  }
  EVOKE_RETURN_IF_ERROR(CheckRange("codes", codes, 2, 65536));
  EVOKE_RETURN_IF_ERROR(CheckRange("code_size", code_size, 1, 1024));
  EVOKE_RETURN_IF_ERROR(CheckRange("width", width, 4, 4096));
  EVOKE_RETURN_IF_ERROR(CheckRange("residual_width", residual_width, 1, 4096));
  return CheckRange("residual_blocks", residual_blocks, 0, 16);
}

std::string VqVaeConfig::ToJson() const {
  const nlohmann::json json = {
      {"image_size", image_size},         {"codes", codes},
      {"code_size", code_size},           {"width", width},
      {"residual_width", residual_width}, {"residual_blocks", residual_blocks},
  };
  return json.dump();
}

absl::StatusOr<VqVaeConfig> VqVaeConfig::FromJson(const std::string& text) {
  VqVaeConfig config;
  try {
    const nlohmann::json json = nlohmann::json::parse(text);
    json.at("image_size").get_to(config.image_size);
    json.at("codes").get_to(config.codes);
    json.at("code_size").get_to(config.code_size);
    json.at("width").get_to(config.width);
    json.at("residual_width").get_to(config.residual_width);
    json.at("residual_blocks").get_to(config.residual_blocks);
  } catch (const nlohmann::json::exception& error) {
    return absl::InvalidArgumentError(absl::StrCat("VQ-VAE: ", error.what()));
  }
  EVOKE_RETURN_IF_ERROR(config.Validate());
  return config;
}

}  // namespace evoke
