// Checkpoints of a torch module with its optimizer. Include only from .cc files that use torch.
#ifndef EVOKE_SIM_BACKEND_TRAINING_CHECKPOINT_MODULE_H_
#define EVOKE_SIM_BACKEND_TRAINING_CHECKPOINT_MODULE_H_

#include <torch/torch.h>

#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "sim_backend/training/image_set.h"
#include "sim_backend/training/training_task.h"

namespace evoke {

using Optimizers = absl::Span<torch::optim::Optimizer* const>;

// Writes a temporary file and renames it. `config` describes the architecture. A model that is
// trained by several optimizers gives them in the same order to both functions.
absl::Status SaveCheckpoint(const std::string& path, const std::string& config,
                            const TrainingState& state, torch::nn::Module& module,
                            Optimizers optimizers);
absl::Status SaveCheckpoint(const std::string& path, const std::string& config,
                            const TrainingState& state, torch::nn::Module& module,
                            torch::optim::Optimizer& optimizer);

// NOT_FOUND, DATA_LOSS, or INVALID_ARGUMENT if the checkpoint has another `config`.
absl::StatusOr<TrainingState> LoadCheckpoint(const std::string& path, const std::string& config,
                                             torch::nn::Module& module, Optimizers optimizers);
absl::StatusOr<TrainingState> LoadCheckpoint(const std::string& path, const std::string& config,
                                             torch::nn::Module& module,
                                             torch::optim::Optimizer& optimizer);

void SetLearningRate(torch::optim::Optimizer& optimizer, double rate);

// [image][channel][row][col] in channels-last memory, display values / 255.
torch::Tensor ImageBatch(const ImageSet& images, absl::Span<const int> indices);
// The same, each shifted by up to `shift` pixels (the border repeated) and mirrored half the time.
torch::Tensor AugmentedBatch(const ImageSet& images, absl::Span<const int> indices, int shift,
                             Rng& rng);
// Paints a gray square of `side` pixels over each image, centred anywhere in it.
void CutOut(int side, Rng& rng, torch::Tensor& images);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_TRAINING_CHECKPOINT_MODULE_H_
