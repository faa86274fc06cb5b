// evokectl watch
#ifndef EVOKE_CLIENTS_CONTROL_WATCH_COMMAND_H_
#define EVOKE_CLIENTS_CONTROL_WATCH_COMMAND_H_

#include <memory>

#include "clients/control/command.h"

namespace evoke {

std::unique_ptr<Command> NewWatchCommand();

}  // namespace evoke

#endif  // EVOKE_CLIENTS_CONTROL_WATCH_COMMAND_H_
