// The page that goes with a weights file: where it comes from and how good it is.
#ifndef EVOKE_SIM_BACKEND_TRAINING_MODEL_CARD_H_
#define EVOKE_SIM_BACKEND_TRAINING_MODEL_CARD_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "sim_backend/training/training_task.h"

namespace evoke {

struct ModelCard {
  std::string folder;
  std::string name;       // `folder`/`name`.safetensors is described in `folder`/`name`.md
  std::string data;       // "CIFAR-10"
  std::string data_note;  // how this copy differs from the published one; may be empty
  std::string command;
  std::string description;   // of the model, with its measures: Markdown
  std::string test_measure;  // heads the last column of the training curve
  TrainingState training;
  std::vector<int> exported_epochs;  // that have weights files of their own, see EpochName()
};

// NOT_FOUND or DATA_LOSS if the weights cannot be read, UNAVAILABLE if the card cannot be written.
absl::Status WriteModelCard(const ModelCard& card);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_TRAINING_MODEL_CARD_H_
