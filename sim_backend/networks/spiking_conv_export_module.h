// Writes a trained spiking network. Include only from .cc files that use torch.
#ifndef EVOKE_SIM_BACKEND_NETWORKS_SPIKING_CONV_EXPORT_MODULE_H_
#define EVOKE_SIM_BACKEND_NETWORKS_SPIKING_CONV_EXPORT_MODULE_H_

#include <string>

#include "absl/status/status.h"
#include "sim_backend/networks/spiking_conv_module.h"

namespace evoke {

// Writes `path` (.safetensors): convolutions and the class layer as half floats, batch norms as
// single floats.
absl::Status ExportSpikingConv(SpikingConvModuleImpl& module, const std::string& path);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_NETWORKS_SPIKING_CONV_EXPORT_MODULE_H_
