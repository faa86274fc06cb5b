// `evokectl map`: flashes images over positions and proposes where, when and whom to record.
#ifndef EVOKE_CLIENTS_CONTROL_MAP_COMMAND_H_
#define EVOKE_CLIENTS_CONTROL_MAP_COMMAND_H_

#include <memory>

#include "clients/control/command.h"

namespace evoke {

std::unique_ptr<Command> NewMapCommand();

}  // namespace evoke

#endif  // EVOKE_CLIENTS_CONTROL_MAP_COMMAND_H_
