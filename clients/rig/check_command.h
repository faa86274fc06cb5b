// `evoke-rig check`: looks at the rig before the animal works.
#ifndef EVOKE_CLIENTS_RIG_CHECK_COMMAND_H_
#define EVOKE_CLIENTS_RIG_CHECK_COMMAND_H_

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "clients/rig/recorder_command.h"

namespace evoke {

struct CheckCommand {
  RecorderCommand recorder;
  double seconds = 10;
  bool no_line = false;

  CLI::App* AddTo(CLI::App& app);
  // Prints what was found and a verdict. ABORTED, already said, if the rig is not fit; other errors
  // if it could not be looked at.
  absl::Status Run() const;
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RIG_CHECK_COMMAND_H_
