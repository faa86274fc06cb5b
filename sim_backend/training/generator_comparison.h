// How natural the samples of generators are, to a network that was trained on natural images.
#ifndef EVOKE_SIM_BACKEND_TRAINING_GENERATOR_COMPARISON_H_
#define EVOKE_SIM_BACKEND_TRAINING_GENERATOR_COMPARISON_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/image.h"
#include "sim_backend/networks/network.h"
#include "sim_backend/training/image_set.h"

namespace evoke {

struct ComparisonOptions {
  std::string models;                   // folder of generators and network
  std::string network;                  // whose features count
  std::string layer;                    // empty: the last before the classes
  std::vector<std::string> generators;  // by name
  int samples = 5000;                   // of each, and of the real images; at least 2
};

// One feature per channel: its mean over positions. [image][channel], one after another.
absl::StatusOr<std::vector<float>> NetworkFeatures(const Network& network, int layer,
                                                   absl::Span<const Image> images);

// A Markdown table of Frechet distances (frechet.h) to the test images: of as many training images,
// which is as near as a generator can hope to come, of each generator's samples from its prior, and
// of those of an SN-GAN that was not trained. Deterministic. NOT_FOUND: no such model or layer;
// INVALID_ARGUMENT: image sizes differ, or too few samples.
absl::StatusOr<std::string> CompareGenerators(const ComparisonOptions& options,
                                              const TrainingData& data);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_TRAINING_GENERATOR_COMPARISON_H_
