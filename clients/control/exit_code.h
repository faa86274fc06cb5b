// What evokectl tells the shell.
#ifndef EVOKE_CLIENTS_CONTROL_EXIT_CODE_H_
#define EVOKE_CLIENTS_CONTROL_EXIT_CODE_H_

#include "absl/status/status.h"
#include "evoke/v1/experiment.pb.h"

namespace evoke {

// Part of the command line's contract: scripts rely on the numbers.
enum class ExitCode {
  kSuccess = 0,
  kError = 1,
  kUsage = 2,         // the command line makes no sense
  kStopped = 3,       // watch: the operator ended the experiment
  kFailed = 4,        // watch: the experiment could not go on
  kUnreachable = 5,   // no server, or it isn't ready yet: trying again may help
  kBeyondLimits = 6,  // timing: the log is outside its limits
};

// Of a command that ended with `status`.
ExitCode ExitCodeOf(const absl::Status& status);

// Of a watch that saw the experiment's end. A state that is no end counts as an error.
ExitCode ExitCodeOf(v1::Experiment::State state);

// For --help: one line for each code.
const char* ExitCodeHelp();

}  // namespace evoke

#endif  // EVOKE_CLIENTS_CONTROL_EXIT_CODE_H_
