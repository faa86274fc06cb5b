// evoke-sim without a subcommand: a response backend of evoke-server, or, with --emulate, a rig.
#ifndef EVOKE_SIM_BACKEND_SERVE_COMMAND_H_
#define EVOKE_SIM_BACKEND_SERVE_COMMAND_H_

#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "clients/api/connection_flags.h"
#include "sim_backend/analysis/network_command.h"
#include "sim_backend/emulate_command.h"

namespace evoke {

struct ServeCommand {
  ConnectionFlags server;
  std::string name = "sim-1";
  std::string experiment;
  EmulateCommand emulate;

  void AddTo(CLI::App* app);
  // Answers the server's presentations until Ctrl-C.
  absl::Status Run(const NetworkCommand& network, const NeuronCommand& neurons) const;
};

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_SERVE_COMMAND_H_
