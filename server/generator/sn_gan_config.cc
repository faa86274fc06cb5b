#include "server/generator/sn_gan_config.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

constexpr double kBound = 4;
constexpr int64_t kSeed = 4 * 4;  // positions of the first map

absl::Status CheckRange(absl::string_view name, int64_t value, int low, int high) {
  if (value >= low && value <= high) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("SN-GAN: ", name, " is ", value, ", must be ", low, " to ", high));
}

absl::Status CheckChannels(absl::string_view name, const std::vector<int>& channels, int least,
                           int most) {
  EVOKE_RETURN_IF_ERROR(CheckRange(absl::StrCat("number of ", name),
                                   static_cast<int64_t>(channels.size()), least, most));
  for (size_t i = 0; i < channels.size(); ++i) {
    EVOKE_RETURN_IF_ERROR(CheckRange(absl::StrCat(name, "[", i, "]"), channels[i], 1, 4096));
  }
  return absl::OkStatus();
}

void AddConvolution(const std::string& name, int inputs, int outputs, int size,
                    std::vector<NamedShape>& shapes) {
  shapes.push_back({name + ".weight", {outputs, inputs, size, size}});
  shapes.push_back({name + ".bias", {outputs}});
}

void AddNorm(const std::string& name, int channels, std::vector<NamedShape>& shapes) {
  for (const char* part : {".weight", ".bias", ".mean", ".variance"}) {
    shapes.push_back({name + part, {channels}});
  }
}

}  // namespace

SnGanConfig SnGanConfig::OfWidth(int width, int colors) {
  SnGanConfig config;
  config.colors = colors;
  config.generator_channels = {8 * width, 4 * width, 2 * width, width};
  config.discriminator_channels = {width, 2 * width, 4 * width, 4 * width};
  return config;
}

LatentSpace SnGanConfig::latent_space() const {
  LatentSpace space;
  space.dimensions.assign(latent, LatentDimension::Continuous(
                                      -kBound, kBound, LatentDimension::Prior::kStandardNormal));
  return space;
}

absl::Status SnGanConfig::Validate() const {
  EVOKE_RETURN_IF_ERROR(CheckRange("latent", latent, 1, 4096));
  if (colors != 1 && colors != 3) {
    return absl::InvalidArgumentError(
        absl::StrCat("SN-GAN: colors is ", colors, ", must be 1 (gray) or 3"));
  }
  EVOKE_RETURN_IF_ERROR(CheckChannels("generator_channels", generator_channels, 2, 7));
  return CheckChannels("discriminator_channels", discriminator_channels, 2, 16);
}

std::string SnGanConfig::ToJson() const {
  const nlohmann::json json = {{"latent", latent},
                               {"colors", colors},
                               {"generator_channels", generator_channels},
                               {"discriminator_channels", discriminator_channels}};
  return json.dump();
}

absl::StatusOr<SnGanConfig> SnGanConfig::FromJson(const std::string& text) {
  SnGanConfig config;
  try {
    const nlohmann::json json = nlohmann::json::parse(text);
    json.at("latent").get_to(config.latent);
    json.at("colors").get_to(config.colors);
    json.at("generator_channels").get_to(config.generator_channels);
    json.at("discriminator_channels").get_to(config.discriminator_channels);
  } catch (const nlohmann::json::exception& error) {
    return absl::InvalidArgumentError(absl::StrCat("SN-GAN: ", error.what()));
  }
  EVOKE_RETURN_IF_ERROR(config.Validate());
  return config;
}

std::vector<NamedShape> GeneratorShapes(const SnGanConfig& config) {
  const std::vector<int>& channels = config.generator_channels;
  std::vector<NamedShape> shapes;
  const int64_t seed = kSeed * channels[0];
  shapes.push_back({"generator.seed.weight", {seed, config.latent}});
  shapes.push_back({"generator.seed.bias", {seed}});
  for (int i = 1; i <= config.blocks(); ++i) {
    const std::string block = absl::StrCat("generator.block", i);
    AddNorm(block + ".norm1", channels[i - 1], shapes);
    AddConvolution(block + ".conv1", channels[i - 1], channels[i], 3, shapes);
    AddNorm(block + ".norm2", channels[i], shapes);
    AddConvolution(block + ".conv2", channels[i], channels[i], 3, shapes);
    AddConvolution(block + ".shortcut", channels[i - 1], channels[i], 1, shapes);
  }
  AddNorm("generator.norm", channels.back(), shapes);
  AddConvolution("generator.color", channels.back(), config.colors, 3, shapes);
  return shapes;
}

std::vector<NamedShape> DiscriminatorShapes(const SnGanConfig& config) {
  std::vector<NamedShape> shapes;
  int inputs = config.colors;
  for (size_t i = 0; i < config.discriminator_channels.size(); ++i) {
    const std::string block = absl::StrCat("discriminator.block", i + 1);
    const int outputs = config.discriminator_channels[i];
    AddConvolution(block + ".conv1", inputs, outputs, 3, shapes);
    AddConvolution(block + ".conv2", outputs, outputs, 3, shapes);
    // A block that keeps size and width passes its input on as it is.
    if (i < 2 || inputs != outputs) {
      AddConvolution(block + ".shortcut", inputs, outputs, 1, shapes);
    }
    inputs = outputs;
  }
  shapes.push_back({"discriminator.score.weight", {1, inputs}});
  shapes.push_back({"discriminator.score.bias", {1}});
  return shapes;
}

}  // namespace evoke
