// CIFAR-10 (Krizhevsky 2009), binary version: records of a label byte and three 32 x 32 planes.
#ifndef EVOKE_SIM_BACKEND_TRAINING_CIFAR10_H_
#define EVOKE_SIM_BACKEND_TRAINING_CIFAR10_H_

#include <string>

#include "absl/status/statusor.h"
#include "sim_backend/training/image_set.h"

namespace evoke {

// Appends the records of one file. NOT_FOUND if it cannot be opened, DATA_LOSS if its size is no
// whole number of records or a label is above 9; the message names the file.
absl::Status AppendCifar10File(const std::string& path, ImageSet& images);

absl::StatusOr<TrainingData> LoadCifar10(const std::string& folder);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_TRAINING_CIFAR10_H_
