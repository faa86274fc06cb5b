// Measures an exported SN-GAN for its model card.
#ifndef EVOKE_SIM_BACKEND_TRAINING_SN_GAN_CARD_H_
#define EVOKE_SIM_BACKEND_TRAINING_SN_GAN_CARD_H_

#include <string>

#include "absl/status/statusor.h"
#include "server/generator/sn_gan_config.h"
#include "sim_backend/training/image_set.h"

namespace evoke {

// Markdown, measured on the file `folder`/`name`.safetensors: how far samples are from the test
// images in random features, how the discriminator scores both, and how near optimisation comes to
// test images. Writes a sheet of samples to `folder`/`name`.png.
absl::StatusOr<std::string> DescribeSnGan(const std::string& folder, const std::string& name,
                                          const SnGanConfig& config, const TrainingData& data);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_TRAINING_SN_GAN_CARD_H_
