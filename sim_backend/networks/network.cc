#include "sim_backend/networks/network.h"

#include <numeric>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"

namespace evoke {

absl::Status CheckLayer(absl::Span<const NetworkLayer> layers, int layer) {
  if (layer >= 0 && layer < static_cast<int>(layers.size())) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("layer ", layer, ": the network has layers 0 to ", layers.size() - 1));
}

absl::StatusOr<std::vector<float>> Network::LayerCounts(absl::Span<const Image> images,
                                                        int layer) const {
  EVOKE_RETURN_IF_ERROR(CheckLayer(layers(), layer));
  const NetworkLayer& shape = layers()[layer];
  std::vector<NetworkUnit> units;
  for (int channel = 0; channel < shape.channels; ++channel) {
    for (int row = 0; row < shape.rows; ++row) {
      for (int col = 0; col < shape.cols; ++col) units.push_back({layer, channel, row, col});
    }
  }
  EVOKE_ASSIGN_OR_RETURN(const auto responses, Respond(images, units));
  std::vector<float> counts;
  counts.reserve(images.size() * units.size());
  for (const auto& response : responses) {
    for (const StepSpikes& steps : response) {
      counts.push_back(std::accumulate(steps.begin(), steps.end(), 0.0f));
    }
  }
  return counts;
}

}  // namespace evoke
