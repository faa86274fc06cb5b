#include "sim_backend/training/rate_gains.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "common/status_macros.h"
#include "common/weights_file.h"
#include "sim_backend/networks/torch_network.h"

namespace evoke {
namespace {

constexpr int kImages = 300;
constexpr double kPercentile = 0.99;

// What makes the percentile of `values` the fast rate; 1 if that is 0, of a layer that is silent.
double GainFor(std::vector<float>& values) {
  const auto at = values.begin() + static_cast<int64_t>(kPercentile * (values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at > 0 ? kFastRate / *at : 1;
}

}  // namespace

absl::StatusOr<std::string> MeasureRates(const std::string& path, const ImageSet& images) {
  EVOKE_ASSIGN_OR_RETURN(const WeightsFile file, ReadWeights(path));
  // The file has no gains: a count in a second is an activation.
  EVOKE_ASSIGN_OR_RETURN(const auto network, TorchNetwork::Create(file));
  const double seconds = network->steps() * absl::ToDoubleSeconds(network->step_duration());
  std::vector<Image> first;
  for (int i = 0; i < std::min(kImages, images.size()); ++i) first.push_back(images.image(i));
  std::vector<RateGain> gains;
  for (int l = 0; l < static_cast<int>(network->layers().size()); ++l) {
    EVOKE_ASSIGN_OR_RETURN(std::vector<float> activations, network->LayerCounts(first, l));
    for (float& a : activations) a /= static_cast<float>(seconds);
    const NetworkLayer& layer = network->layers()[l];
    const int64_t positions = int64_t{layer.rows} * layer.cols;
    std::vector<float> means;
    for (auto map = activations.begin(); map != activations.end(); map += positions) {
      means.push_back(std::accumulate(map, map + positions, 0.0f) / static_cast<float>(positions));
    }
    gains.push_back({GainFor(activations), GainFor(means)});
  }
  return RatesToJson(network->architecture(), gains);
}

}  // namespace evoke
