// An SN-GAN with its initial weights: what the samples of a trained one are to be compared with.
#ifndef EVOKE_SIM_BACKEND_TRAINING_UNTRAINED_SN_GAN_H_
#define EVOKE_SIM_BACKEND_TRAINING_UNTRAINED_SN_GAN_H_

#include <memory>

#include "absl/status/statusor.h"
#include "server/generator/generator.h"

namespace evoke {

// Colour, 32 x 32 pixels, always the same weights. Its statistics are those of its own maps, as
// training would set them in its first steps.
absl::StatusOr<std::unique_ptr<Generator>> UntrainedSnGan();

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_TRAINING_UNTRAINED_SN_GAN_H_
