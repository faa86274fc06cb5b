// Turns a trained VQ-VAE module into a weights file and back. Include only from .cc files that use
// torch.
#ifndef EVOKE_SERVER_GENERATOR_VQ_VAE_EXPORT_MODULE_H_
#define EVOKE_SERVER_GENERATOR_VQ_VAE_EXPORT_MODULE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/weights_file.h"
#include "server/generator/vq_vae_module.h"

namespace evoke {

inline constexpr char kVqVaeKind[] = "vq_vae";

// Writes `path` (.safetensors, half floats) with the code book in bisection order.
absl::Status ExportVqVae(VqVaeModuleImpl& module, const std::string& path);

// DATA_LOSS if the file's weights do not fit its configuration, INVALID_ARGUMENT if it holds
// another kind of model.
absl::StatusOr<VqVaeModule> ImportVqVae(const WeightsFile& file);

}  // namespace evoke

#endif  // EVOKE_SERVER_GENERATOR_VQ_VAE_EXPORT_MODULE_H_
