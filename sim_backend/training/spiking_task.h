// Training of the convolutional spiking network by surrogate gradients.
#ifndef EVOKE_SIM_BACKEND_TRAINING_SPIKING_TASK_H_
#define EVOKE_SIM_BACKEND_TRAINING_SPIKING_TASK_H_

#include <memory>

#include "sim_backend/networks/spiking_conv_config.h"
#include "sim_backend/training/image_set.h"
#include "sim_backend/training/training_task.h"

namespace evoke {

// AdamW on the cross entropy of the class neurons' mean input current plus the mean squared error
// of their firing rates (the loss of SpikingJelly's examples). The first makes the features good,
// the second makes a class neuron's rate follow the probability of its class. `data` must outlive
// the task. `rate` is the largest learning rate.
std::unique_ptr<TrainingTask> MakeSpikingTask(const SpikingConvConfig& config,
                                              const TrainingData& data, double rate);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_TRAINING_SPIKING_TASK_H_
