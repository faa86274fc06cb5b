// `evoke-sim raster`: rasters and PSTHs of simulated neurons.
#ifndef EVOKE_SIM_BACKEND_ANALYSIS_RASTER_COMMAND_H_
#define EVOKE_SIM_BACKEND_ANALYSIS_RASTER_COMMAND_H_

#include <cstdint>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "sim_backend/analysis/images_command.h"
#include "sim_backend/analysis/network_command.h"

namespace evoke {

struct RasterCommand {
  ImagesCommand images;
  std::string units;
  int repeats = 20;
  uint64_t seed = 1;
  double from_ms = -50;
  double to_ms = 200;
  double bin_ms = 5;
  std::string out;

  CLI::App* AddTo(CLI::App& app, NetworkCommand& network, NeuronCommand& neurons);
  absl::Status Run(const NetworkCommand& network, const NeuronCommand& neurons) const;
};

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_ANALYSIS_RASTER_COMMAND_H_
