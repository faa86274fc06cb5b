// Training of the SN-GAN.
#ifndef EVOKE_SIM_BACKEND_TRAINING_SN_GAN_TASK_H_
#define EVOKE_SIM_BACKEND_TRAINING_SN_GAN_TASK_H_

#include <memory>

#include "server/generator/sn_gan_config.h"
#include "sim_backend/training/image_set.h"
#include "sim_backend/training/training_task.h"

namespace evoke {

struct SnGanTraining {
  double rate = 2e-4;  // largest learning rate of the generator
  // The discriminator's is this many times as high: two time scales (Heusel et al. 2017) in place
  // of the paper's five updates of the discriminator for each of the generator.
  double discriminator_rate = 2;
  int discriminator_steps = 1;  // for each of the generator
};

// Hinge loss and Adam (beta 0 and 0.9), as in the paper. What is tested and exported is the moving
// average of the generator's weights. The loss of the curve is the discriminator's: 2 if it cannot
// tell, 0 if it always can. The test measures a Frechet distance on RandomFeatures to the test
// images.
// `data` must outlive the task.
std::unique_ptr<TrainingTask> MakeSnGanTask(const SnGanConfig& config, const TrainingData& data,
                                            const SnGanTraining& training);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_TRAINING_SN_GAN_TASK_H_
