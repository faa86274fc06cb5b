// evokectl as a function: arguments in, text and exit code out.
#ifndef EVOKE_CLIENTS_CONTROL_COMMAND_LINE_H_
#define EVOKE_CLIENTS_CONTROL_COMMAND_LINE_H_

#include <string>
#include <vector>

#include "clients/control/command.h"

namespace evoke {

// `arguments` without the program's name. `context` has all but `api` and `json`, which come from
// the arguments. Messages go to context.err.
ExitCode RunCommandLine(std::vector<std::string> arguments, CommandContext context);

}  // namespace evoke

#endif  // EVOKE_CLIENTS_CONTROL_COMMAND_LINE_H_
