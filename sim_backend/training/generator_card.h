// Measures an exported VQ-VAE for its model card.
#ifndef EVOKE_SIM_BACKEND_TRAINING_GENERATOR_CARD_H_
#define EVOKE_SIM_BACKEND_TRAINING_GENERATOR_CARD_H_

#include <string>

#include "absl/status/statusor.h"
#include "server/generator/generator.h"
#include "sim_backend/training/image_set.h"

namespace evoke {

// The mean squared difference between images and their decoded codes, as a share of the variance of
// all the images' values around one mean.
absl::StatusOr<double> ReconstructionError(const Generator& generator, const ImageSet& images);

// Markdown: the reconstruction error of the exported file, how many codes the test images use, and
// how alike neighbouring codes are.
absl::StatusOr<std::string> DescribeGenerator(const std::string& folder, const std::string& name,
                                              const TrainingData& data);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_TRAINING_GENERATOR_CARD_H_
