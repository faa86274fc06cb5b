// Trains a model over epochs, with a checkpoint after each.
#ifndef EVOKE_SIM_BACKEND_TRAINING_TRAINING_LOOP_H_
#define EVOKE_SIM_BACKEND_TRAINING_TRAINING_LOOP_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sim_backend/training/training_task.h"

namespace evoke {

struct TrainingOptions {
  std::string folder;  // made if missing
  std::string name;
  int epochs = 1;
  uint64_t seed = 1;
  int batch = 64;
  bool resume = false;     // from the newest checkpoint; without one, from the start
  bool keep_last = false;  // delete the checkpoint before the last
  int stop_after = 0;      // leave after this many epochs in all, 0: train to the end
};

// `folder`/`name`.epochNN.ckpt
std::string CheckpointPath(const TrainingOptions& options, int epoch);
// `name`.epochNN: a model as it was after that epoch.
std::string EpochName(const std::string& name, int epoch);
// The last epoch that has a checkpoint, or 0.
int LastCheckpoint(const TrainingOptions& options);

// Shuffles by (seed, epoch), warms the learning rate up over half an epoch and lowers it to a
// hundredth along a cosine. A training that is stopped and resumed ends with the same bits as one
// in a go. INVALID_ARGUMENT if the checkpoint comes from other options, or if there are fewer
// images than a batch holds; INTERNAL if the loss is no longer finite.
absl::StatusOr<TrainingState> RunTraining(const TrainingOptions& options, TrainingTask& task);

// Writes the weights of these epochs from their checkpoints, as models EpochName(). `task` holds
// the last one's weights afterwards. NOT_FOUND if there is no checkpoint.
absl::Status ExportEpochs(const TrainingOptions& options, const std::vector<int>& epochs,
                          TrainingTask& task);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_TRAINING_TRAINING_LOOP_H_
