// Measures an exported spiking network for its model card.
#ifndef EVOKE_SIM_BACKEND_TRAINING_NETWORK_CARD_H_
#define EVOKE_SIM_BACKEND_TRAINING_NETWORK_CARD_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sim_backend/networks/network.h"
#include "sim_backend/training/image_set.h"

namespace evoke {

// The share of images whose class neuron fires most. Where several fire equally often, the right
// one among them counts as one over their number. The last layer of `network` holds the classes.
absl::StatusOr<double> ClassAccuracy(const Network& network, const ImageSet& images);

// How often a unit fires in response to images.
struct CountRange {
  std::string unit;
  int min = 0;
  int median = 0;
  int percentile99 = 0;
  int max = 0;

  // What separates the best hundredth of images from the usual one, in standard deviations of a
  // Poisson count: the larger, the fewer repeats find the preferred image.
  double separation() const;
};
CountRange RangeOf(const std::string& unit, std::vector<int> counts);

// Markdown: the accuracy at `train_steps` and at the file's number of steps, measured on the
// exported file, and the count ranges of the class neurons and of those units of the other layers
// (but the first) that separate images best.
absl::StatusOr<std::string> DescribeNetwork(const std::string& folder, const std::string& name,
                                            int train_steps, const TrainingData& data);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_TRAINING_NETWORK_CARD_H_
