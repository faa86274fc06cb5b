// Training of spiking and rectified networks to name the class of an image.
#ifndef EVOKE_SIM_BACKEND_TRAINING_CLASSIFICATION_TASK_H_
#define EVOKE_SIM_BACKEND_TRAINING_CLASSIFICATION_TASK_H_

#include <memory>

#include "sim_backend/networks/architecture.h"
#include "sim_backend/training/image_set.h"
#include "sim_backend/training/training_task.h"

namespace evoke {

struct ClassificationOptions {
  enum class Optimizer {
    kAdamW,
    kSgd,  // Nesterov momentum 0.9
  };
  Optimizer optimizer = Optimizer::kAdamW;
  double rate = 0.002;  // the largest learning rate
  double weight_decay = 5e-4;
  double label_smoothing = 0;
  int cutout = 0;  // side of a gray square over every training image (DeVries & Taylor 2017)
};

// Rectified networks: cross entropy of the class layer's current. Spiking ones: that of the class
// neurons' mean current over the steps, plus the mean squared error of their firing rates (the loss
// of SpikingJelly's examples): the first makes the features good, the second makes a class neuron's
// rate follow the probability of its class. Images are shifted by up to 4 pixels and mirrored.
// `architecture` must be valid; `data` must outlive the task.
std::unique_ptr<TrainingTask> MakeClassificationTask(const Architecture& architecture,
                                                     const ClassificationOptions& options,
                                                     const TrainingData& data);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_TRAINING_CLASSIFICATION_TASK_H_
