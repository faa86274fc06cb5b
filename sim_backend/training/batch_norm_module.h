// Batch normalisation of channels-last maps, for training. Include only from .cc files that use
// torch.
#ifndef EVOKE_SIM_BACKEND_TRAINING_BATCH_NORM_MODULE_H_
#define EVOKE_SIM_BACKEND_TRAINING_BATCH_NORM_MODULE_H_

#include <torch/torch.h>

namespace evoke {

// As torch::batch_norm in training (Ioffe & Szegedy 2015), by statistics of the batch, which move
// `mean` and `variance` by a tenth of the way. Works on rows of channels; torch's own backward pass
// through channels-last maps takes several times as long on a CPU.
// `map` is [image][channel][row][col]; the others are [channel].
torch::Tensor BatchNormTraining(const torch::Tensor& map, const torch::Tensor& weight,
                                const torch::Tensor& bias, torch::Tensor& mean,
                                torch::Tensor& variance);

// By kept statistics.
torch::Tensor BatchNormKept(const torch::Tensor& map, const torch::Tensor& weight,
                            const torch::Tensor& bias, const torch::Tensor& mean,
                            const torch::Tensor& variance);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_TRAINING_BATCH_NORM_MODULE_H_
