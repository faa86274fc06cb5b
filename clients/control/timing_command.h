// evokectl timing
#ifndef EVOKE_CLIENTS_CONTROL_TIMING_COMMAND_H_
#define EVOKE_CLIENTS_CONTROL_TIMING_COMMAND_H_

#include <memory>

#include "clients/control/command.h"

namespace evoke {

// Reads a file; needs no server.
std::unique_ptr<Command> NewTimingCommand();

}  // namespace evoke

#endif  // EVOKE_CLIENTS_CONTROL_TIMING_COMMAND_H_
