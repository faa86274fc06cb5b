// One subcommand of evokectl.
#ifndef EVOKE_CLIENTS_CONTROL_COMMAND_H_
#define EVOKE_CLIENTS_CONTROL_COMMAND_H_

#include <istream>
#include <ostream>
#include <string>

#include "absl/status/statusor.h"
#include "clients/control/exit_code.h"
#include "clients/control/experiment_api.h"
#include "common/clock.h"
#include "google/protobuf/message.h"

namespace CLI {
class App;
}

namespace evoke {

// What a command talks to. Results go to `out`, everything else to `err`. All pointers outlive the
// command.
struct CommandContext {
  std::istream* in = nullptr;
  std::ostream* out = nullptr;
  std::ostream* err = nullptr;
  const Clock* clock = nullptr;
  // Of `out` if it is a terminal; 0 otherwise.
  size_t terminal_columns = 0;
  std::string user;  // who types

  // Set from the command line.
  ExperimentApi* api = nullptr;
  bool json = false;  // `out` gets JSON only, one object per line
};

class Command {
 public:
  virtual ~Command() = default;
  // Adds the subcommand with its options, which are stored in the command.
  virtual CLI::App* AddTo(CLI::App& app) = 0;
  // Runs it with the options that were parsed. INVALID_ARGUMENT and others: see the message; the
  // command line turns them into exit codes.
  virtual absl::StatusOr<ExitCode> Run(CommandContext& context) = 0;
};

// The message as one line of JSON with the names of the .proto files.
void PrintJson(const google::protobuf::Message& message, std::ostream& out);

// A name on the command line that can't be one: exit code kUsage.
absl::Status UsageError(const absl::Status& status);
bool IsUsageError(const absl::Status& status);

}  // namespace evoke

#endif  // EVOKE_CLIENTS_CONTROL_COMMAND_H_
