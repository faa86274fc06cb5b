#include "clients/control/exit_code.h"

namespace evoke {

ExitCode ExitCodeOf(const absl::Status& status) {
  if (status.ok()) return ExitCode::kSuccess;
  if (absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status)) {
    return ExitCode::kUnreachable;
  }
  return ExitCode::kError;
}

ExitCode ExitCodeOf(v1::Experiment::State state) {
  switch (state) {
    case v1::Experiment::STATE_SUCCEEDED:
      return ExitCode::kSuccess;
    case v1::Experiment::STATE_STOPPED:
      return ExitCode::kStopped;
    case v1::Experiment::STATE_FAILED:
      return ExitCode::kFailed;
    default:
      return ExitCode::kError;
  }
}

const char* ExitCodeHelp() {
  return "Exit codes:\n"
         "  0  done; for watch: the experiment succeeded\n"
         "  1  error; the message on stderr says what to do\n"
         "  2  the command line is wrong\n"
         "  3  watch: the experiment was stopped\n"
         "  4  watch: the experiment failed\n"
         "  5  the server can't be reached, or is not ready yet\n"
         "  6  timing: outside the limits\n";
}

}  // namespace evoke
