// `evoke-rig run`: answers for what the display shows.
#ifndef EVOKE_CLIENTS_RIG_RUN_COMMAND_H_
#define EVOKE_CLIENTS_RIG_RUN_COMMAND_H_

#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "clients/api/connection_flags.h"
#include "clients/rig/recorder_command.h"
#include "clients/rig/rig_session.h"

namespace evoke {

struct RunCommand {
  RecorderCommand recorder;
  ConnectionFlags server;
  std::string name = "rig-1";
  std::string experiment;
  std::string onset = "line";
  std::string monitor;  // path of the live picture; empty: none
  double before_ms = 100;
  double after_ms = 50;
  double rig_delay_ms = 0;

  CLI::App* AddTo(CLI::App& app);
  // Until Ctrl-C: OK; or why it can't go on.
  absl::Status Run() const;
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RIG_RUN_COMMAND_H_
