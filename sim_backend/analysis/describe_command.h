// `evoke-sim describe`: what a network is made of.
#ifndef EVOKE_SIM_BACKEND_ANALYSIS_DESCRIBE_COMMAND_H_
#define EVOKE_SIM_BACKEND_ANALYSIS_DESCRIBE_COMMAND_H_

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "sim_backend/analysis/images_command.h"
#include "sim_backend/analysis/network_command.h"

namespace evoke {

struct DescribeCommand {
  ImagesCommand images;

  CLI::App* AddTo(CLI::App& app, NetworkCommand& network);
  absl::Status Run(const NetworkCommand& network) const;
};

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_ANALYSIS_DESCRIBE_COMMAND_H_
