// A network in numbers: its layers, and how much they fire.
#ifndef EVOKE_SIM_BACKEND_ANALYSIS_NETWORK_SUMMARY_H_
#define EVOKE_SIM_BACKEND_ANALYSIS_NETWORK_SUMMARY_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sim_backend/analysis/labelled_images.h"
#include "sim_backend/analysis/responses.h"
#include "sim_backend/networks/network.h"

namespace evoke {

// How one layer's neurons answered to images.
struct LayerActivity {
  double spikes_per_neuron = 0;  // in the whole response, over neurons and images
  double rate_hz = 0;            // the same in spikes/s
  double silent_share = 0;       // neurons that no image made fire
  double highest = 0;            // spikes of one neuron in one response
};

// One for each layer. Errors of the network.
absl::StatusOr<std::vector<LayerActivity>> MeasureLayers(const Network& network,
                                                         absl::Span<const Image> images,
                                                         const AnswerProgress& progress = nullptr);

// The share of images whose class neuron fires most; where several fire equally, each has its
// share. Empty if the images have no labels, or the last layer is not one neuron for each class.
absl::StatusOr<std::optional<double>> Accuracy(const Network& network, const LabelledImages& images,
                                               const AnswerProgress& progress = nullptr);

// Size, steps, and a table of the layers, with their activity if it is given.
std::string NetworkText(const Network& network, const std::vector<LayerActivity>& activity);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_ANALYSIS_NETWORK_SUMMARY_H_
