// Writes a trained SN-GAN. Include only from .cc files that use torch.
#ifndef EVOKE_SIM_BACKEND_TRAINING_SN_GAN_EXPORT_MODULE_H_
#define EVOKE_SIM_BACKEND_TRAINING_SN_GAN_EXPORT_MODULE_H_

#include <string>

#include "absl/status/status.h"
#include "common/weights_file.h"
#include "sim_backend/training/sn_gan_module.h"

namespace evoke {

// The averaged generator, and the discriminator with its spectral normalisation done. Matrices and
// kernels are half floats, the rest single floats.
WeightsFile SnGanWeights(const SnGanConfig& config, const SnGanModule& module);

// Writes them to `path` (.safetensors).
absl::Status ExportSnGan(const SnGanConfig& config, const SnGanModule& module,
                         const std::string& path);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_TRAINING_SN_GAN_EXPORT_MODULE_H_
