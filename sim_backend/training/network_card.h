// Measures an exported network for its model card.
#ifndef EVOKE_SIM_BACKEND_TRAINING_NETWORK_CARD_H_
#define EVOKE_SIM_BACKEND_TRAINING_NETWORK_CARD_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sim_backend/networks/network.h"
#include "sim_backend/training/image_set.h"

namespace evoke {

// The share of images whose class neuron fires most, or is expected to. Where several fire equally
// often, the right one among them counts as one over their number. The last layer of `network`
// holds the classes.
absl::StatusOr<double> ClassAccuracy(const Network& network, const ImageSet& images);

// How often a unit fires in response to images; expected spikes, of rectified units no whole
// numbers.
struct CountRange {
  std::string unit;
  double min = 0;
  double median = 0;
  double percentile99 = 0;
  double max = 0;

  // What separates the best hundredth of images from the usual one, in standard deviations of a
  // Poisson count: the larger, the fewer repeats find the preferred image.
  double separation() const;
};
CountRange RangeOf(const std::string& unit, std::vector<double> counts);

// Markdown: what the network is, its layers, its accuracy as measured on the exported file (of a
// spiking network at the steps that it was trained with and at those of a response), and the count
// ranges of the class neurons and of those units of the other layers (but the first) that separate
// images best.
absl::StatusOr<std::string> DescribeNetwork(const std::string& folder, const std::string& name,
                                            const TrainingData& data);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_TRAINING_NETWORK_CARD_H_
