// Training of the VQ-VAE.
#ifndef EVOKE_SIM_BACKEND_TRAINING_VQ_VAE_TASK_H_
#define EVOKE_SIM_BACKEND_TRAINING_VQ_VAE_TASK_H_

#include <memory>

#include "server/generator/vq_vae_config.h"
#include "sim_backend/training/image_set.h"
#include "sim_backend/training/training_task.h"

namespace evoke {

// Adam on the squared reconstruction error as a share of the data's variance, plus the commitment
// loss (weight 0.25). The code book follows its encoded vectors by moving averages; a code that is
// hardly used is moved onto a vector of the current batch, so that none is lost.
// `data` must outlive the task. `rate` is the largest learning rate.
std::unique_ptr<TrainingTask> MakeVqVaeTask(const VqVaeConfig& config, const TrainingData& data,
                                            double rate);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_TRAINING_VQ_VAE_TASK_H_
