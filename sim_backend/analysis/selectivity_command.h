// `evoke-sim selectivity`: how selective units are, and for what.
#ifndef EVOKE_SIM_BACKEND_ANALYSIS_SELECTIVITY_COMMAND_H_
#define EVOKE_SIM_BACKEND_ANALYSIS_SELECTIVITY_COMMAND_H_

#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "sim_backend/analysis/images_command.h"
#include "sim_backend/analysis/network_command.h"

namespace evoke {

struct SelectivityCommand {
  ImagesCommand images;
  std::string units;
  int top = 1;
  std::string out;

  CLI::App* AddTo(CLI::App& app, NetworkCommand& network);
  absl::Status Run(const NetworkCommand& network) const;
};

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_ANALYSIS_SELECTIVITY_COMMAND_H_
