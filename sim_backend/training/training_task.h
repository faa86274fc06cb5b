// One model being trained: what the training loop needs to know of it.
#ifndef EVOKE_SIM_BACKEND_TRAINING_TRAINING_TASK_H_
#define EVOKE_SIM_BACKEND_TRAINING_TRAINING_TASK_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/random.h"

namespace evoke {

// A row of the training curve.
struct EpochRecord {
  int epoch = 0;          // counts from 1
  double loss = 0;        // mean over the epoch
  double test_error = 0;  // what TrainingTask::TestMeasure names
  double seconds = 0;
};

// What a checkpoint holds besides the model and its optimizer. There is no state of a random
// generator: every draw of epoch n comes from one seeded by (seed, n).
struct TrainingState {
  uint64_t seed = 0;
  int epochs = 0;  // planned: the learning rate depends on it
  int batch = 0;
  int images = 0;                  // of the training set
  std::vector<EpochRecord> curve;  // its length is the number of finished epochs
};

// Not thread-safe.
class TrainingTask {
 public:
  virtual ~TrainingTask() = default;

  virtual int train_size() const = 0;
  virtual std::string test_measure() const = 0;  // "test error (T = 4)"

  // Called once, before the first step of a new training.
  virtual void Start(Rng& rng) = 0;
  // One step of the optimizer on these training images; the loss. `rng` is for augmentation.
  virtual absl::StatusOr<double> Step(absl::Span<const int> indices, double rate_factor,
                                      Rng& rng) = 0;
  // On the test set, as it stands.
  virtual absl::StatusOr<double> TestError() = 0;

  virtual absl::Status Save(const std::string& path, const TrainingState& state) = 0;
  // NOT_FOUND, DATA_LOSS or INVALID_ARGUMENT (another architecture) naming the file.
  virtual absl::StatusOr<TrainingState> Load(const std::string& path) = 0;

  // Writes `folder`/`name`.safetensors of the model as it stands. UNIMPLEMENTED if a model's
  // weights are of no use before the end.
  virtual absl::Status ExportWeights(const std::string& folder, const std::string& name);
  // The same, and measures it; returns the lines of the model card that only this model has.
  virtual absl::StatusOr<std::string> Export(const std::string& folder,
                                             const std::string& name) = 0;
};

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_TRAINING_TRAINING_TASK_H_
