#include "sim_backend/networks/architecture.h"

#include <cmath>
#include <set>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

absl::Status CheckRange(const std::string& name, double value, double low, double high) {
  if (std::isfinite(value) && value >= low && value <= high) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("network: ", name, " is ", value, ", must be ", low, " to ", high));
}

absl::Status LayerError(const LayerSpec& layer, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat("network: layer ", layer.name, ": ", what));
}

absl::Status CheckName(const LayerSpec& layer) {
  if (layer.name.empty()) return absl::InvalidArgumentError("network: a layer has no name");
  for (const char c : layer.name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '_' || c == '-';
    if (!plain) {
      return LayerError(layer, "a name has letters, digits, '.', '_' and '-' only");
    }
  }
  return absl::OkStatus();
}

int SideAfterMap(const Branch& branch, int side) {
  if (branch.map == Branch::Map::kIdentity) return side;
  if (branch.map == Branch::Map::kLinear) return 1;
  return (side + 2 * branch.padding - branch.kernel) / branch.stride + 1;
}

// What branch `b` of layer `index` needs; the layers before are valid.
absl::Status CheckBranch(const Architecture& a, int index, int b) {
  const LayerSpec& layer = a.layers[index];
  const Branch& branch = layer.branches[b];
  if (branch.source < Branch::kImage || branch.source >= index) {
    return LayerError(layer, absl::StrCat("branch ", b, " reads layer ", branch.source,
                                          ", which does not come before it"));
  }
  const std::string source =
      branch.source == Branch::kImage ? "the image" : a.layers[branch.source].name;
  const int source_side = a.side(branch.source);
  if (branch.pool == Branch::Pool::kAverage2 && source_side % 2 != 0) {
    return LayerError(layer, absl::StrCat("branch ", b, " halves the side ", source_side, " of ",
                                          source, ", which is odd"));
  }
  const int side = a.pooled_side(branch);
  switch (branch.map) {
    case Branch::Map::kConvolution: {
      const std::string what = absl::StrCat("layer ", layer.name, ": the ");
      EVOKE_RETURN_IF_ERROR(CheckRange(what + "kernel", branch.kernel, 1, 31));
      EVOKE_RETURN_IF_ERROR(CheckRange(what + "stride", branch.stride, 1, 16));
      EVOKE_RETURN_IF_ERROR(CheckRange(what + "padding", branch.padding, 0, branch.kernel - 1));
      if (side + 2 * branch.padding < branch.kernel) {
        return LayerError(layer, absl::StrCat("the kernel ", branch.kernel, " of branch ", b,
                                              " is larger than its input of side ", side));
      }
      break;
    }
    case Branch::Map::kLinear:
      break;
    case Branch::Map::kIdentity:
      if (branch.norm || branch.bias) {
        return LayerError(layer, absl::StrCat("branch ", b, ", an identity, has norm or bias"));
      }
      if (branch.source == Branch::kImage) {
        return LayerError(layer, absl::StrCat("branch ", b, ", an identity, reads the image"));
      }
      if (a.channels(branch.source) != layer.channels) {
        return LayerError(layer, absl::StrCat("branch ", b, " adds the ", a.channels(branch.source),
                                              " channels of ", source, " to ", layer.channels));
      }
      break;
  }
  const int first = a.side(index);
  if (SideAfterMap(branch, side) != first) {
    return LayerError(layer, absl::StrCat("branch ", b, " has side ", SideAfterMap(branch, side),
                                          ", branch 0 has ", first));
  }
  return absl::OkStatus();
}

}  // namespace

int Architecture::side(int index) const {
  if (index == Branch::kImage) return image_size;
  const Branch& branch = layers[index].branches[0];
  return SideAfterMap(branch, pooled_side(branch));
}

int Architecture::pooled_side(const Branch& branch) const {
  const int before = side(branch.source);
  switch (branch.pool) {
    case Branch::Pool::kNone:
      return before;
    case Branch::Pool::kAverage2:
      return before / 2;
    case Branch::Pool::kMax3:
      return (before + 1) / 2;
    case Branch::Pool::kGlobalAverage:
      return 1;
  }
  return before;
}

int Architecture::inputs(const Branch& branch) const {
  const int side = branch.map == Branch::Map::kLinear ? pooled_side(branch) : 1;
  return channels(branch.source) * side * side;
}

std::string Architecture::prefix(int layer, int branch) const {
  return branch == 0 ? layers[layer].name : absl::StrCat(layers[layer].name, ".shortcut");
}

std::vector<NetworkLayer> Architecture::Layers() const {
  std::vector<NetworkLayer> result;
  for (int i = 0; i < static_cast<int>(layers.size()); ++i) {
    result.push_back({layers[i].name, layers[i].channels, side(i), side(i)});
  }
  return result;
}

absl::Status Architecture::Validate() const {
  EVOKE_RETURN_IF_ERROR(CheckRange("image_size", image_size, 1, 512));
  EVOKE_RETURN_IF_ERROR(CheckRange("the number of layers", layers.size(), 1, 1000));
  EVOKE_RETURN_IF_ERROR(CheckRange("train_steps", train_steps, 1, 1000));
  EVOKE_RETURN_IF_ERROR(CheckRange("steps", steps, 1, 10000));
  EVOKE_RETURN_IF_ERROR(CheckRange("step_ms", step_ms, 1e-3, 1e4));
  EVOKE_RETURN_IF_ERROR(CheckRange("lif.tau", lif.tau, 1, 1e6));
  EVOKE_RETURN_IF_ERROR(CheckRange("lif.threshold", lif.threshold, 1e-6, 1e6));
  EVOKE_RETURN_IF_ERROR(CheckRange("norm_epsilon", norm_epsilon, 0, 1));
  for (double m : mean) EVOKE_RETURN_IF_ERROR(CheckRange("mean", m, -10, 10));
  for (double d : deviation) EVOKE_RETURN_IF_ERROR(CheckRange("deviation", d, 1e-4, 10));
  std::set<std::string> names;
  for (int i = 0; i < static_cast<int>(layers.size()); ++i) {
    const LayerSpec& layer = layers[i];
    EVOKE_RETURN_IF_ERROR(CheckName(layer));
    if (!names.insert(layer.name).second) return LayerError(layer, "the name comes twice");
    EVOKE_RETURN_IF_ERROR(CheckRange(absl::StrCat("layer ", layer.name, ": the number of channels"),
                                     layer.channels, 1, 10000));
    if (layer.branches.empty() || layer.branches.size() > 2) {
      return LayerError(layer,
                        absl::StrCat("has ", layer.branches.size(), " branches, must be 1 or 2"));
    }
    for (int b = 0; b < static_cast<int>(layer.branches.size()); ++b) {
      EVOKE_RETURN_IF_ERROR(CheckBranch(*this, i, b));
    }
  }
  const int last = static_cast<int>(layers.size()) - 1;
  if (side(last) != 1) {
    return LayerError(layers[last], absl::StrCat("the last layer holds the classes and has one "
                                                 "position, not side ",
                                                 side(last)));
  }
  return absl::OkStatus();
}

}  // namespace evoke
