#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "sim_backend/networks/network.h"

namespace evoke {
namespace {

std::string Describe(const NetworkLayer& layer) {
  const std::string channels =
      absl::StrCat(layer.name, "/0 to ", layer.name, "/", layer.channels - 1);
  if (layer.rows == 1 && layer.cols == 1) return channels;
  return absl::StrCat(channels, " (with @row,col up to @", layer.rows - 1, ",", layer.cols - 1,
                      ")");
}

absl::Status NoSuchUnit(absl::Span<const NetworkLayer> layers, const std::string& name) {
  std::vector<std::string> parts;
  for (const NetworkLayer& layer : layers) parts.push_back(Describe(layer));
  return absl::NotFoundError(
      absl::StrCat("the network has no unit \"", name, "\"; it has ", absl::StrJoin(parts, ", ")));
}

// A plain decimal number below `limit`; -1 otherwise.
int Number(absl::string_view text, int limit) {
  const bool digits = !text.empty() && std::all_of(text.begin(), text.end(),
                                                   [](char c) { return c >= '0' && c <= '9'; });
  int value = 0;
  if (!digits || !absl::SimpleAtoi(text, &value) || value >= limit) return -1;
  return value;
}

}  // namespace

absl::StatusOr<int> FindLayer(absl::Span<const NetworkLayer> layers, const std::string& name) {
  for (size_t i = 0; i < layers.size(); ++i) {
    if (layers[i].name == name) return static_cast<int>(i);
  }
  return absl::NotFoundError(
      absl::StrCat("the network has no layer \"", name, "\"; it has ",
                   absl::StrJoin(layers, ", ", [](std::string* out, const NetworkLayer& layer) {
                     absl::StrAppend(out, layer.name);
                   })));
}

absl::StatusOr<NetworkUnit> ParseUnit(absl::Span<const NetworkLayer> layers,
                                      const std::string& name) {
  const std::vector<std::string> parts = absl::StrSplit(name, absl::MaxSplits('/', 1));
  if (parts.size() != 2) return NoSuchUnit(layers, name);
  const std::vector<std::string> place = absl::StrSplit(parts[1], absl::MaxSplits('@', 1));
  for (int i = 0; i < static_cast<int>(layers.size()); ++i) {
    const NetworkLayer& layer = layers[i];
    if (layer.name != parts[0]) continue;
    NetworkUnit unit{i, Number(place[0], layer.channels), -1, -1};
    if (unit.channel < 0) break;
    if (place.size() == 1) return unit;
    const std::vector<std::string> position = absl::StrSplit(place[1], ',');
    if (position.size() != 2) break;
    unit.row = Number(position[0], layer.rows);
    unit.col = Number(position[1], layer.cols);
    if (unit.row < 0 || unit.col < 0) break;
    return unit;
  }
  return NoSuchUnit(layers, name);
}

std::string UnitName(const NetworkLayer& layer, const NetworkUnit& unit) {
  const std::string name = absl::StrCat(layer.name, "/", unit.channel);
  return unit.row < 0 ? name : absl::StrCat(name, "@", unit.row, ",", unit.col);
}

absl::Status CheckUnits(absl::Span<const NetworkLayer> layers,
                        absl::Span<const NetworkUnit> units) {
  for (const NetworkUnit& unit : units) {
    if (unit.layer >= 0 && unit.layer < static_cast<int>(layers.size())) {
      const NetworkLayer& layer = layers[unit.layer];
      const bool pooled = unit.row == -1 && unit.col == -1;
      const bool inside =
          unit.row >= 0 && unit.row < layer.rows && unit.col >= 0 && unit.col < layer.cols;
      if (unit.channel >= 0 && unit.channel < layer.channels && (pooled || inside)) continue;
    }
    return absl::InvalidArgumentError(
        absl::StrCat("the network has no unit in layer ", unit.layer, ", channel ", unit.channel,
                     ", row ", unit.row, ", column ", unit.col, "; name units through ParseUnit"));
  }
  return absl::OkStatus();
}

absl::Status CheckImages(absl::Span<const Image> images, int width, int height) {
  for (size_t i = 0; i < images.size(); ++i) {
    const Image& image = images[i];
    if (image.valid() && image.width == width && image.height == height) continue;
    return absl::InvalidArgumentError(absl::StrCat("image ", i, " is ", image.width, " x ",
                                                   image.height, "; the network sees ", width,
                                                   " x ", height));
  }
  return absl::OkStatus();
}

}  // namespace evoke
