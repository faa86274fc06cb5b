// evokectl create
#ifndef EVOKE_CLIENTS_CONTROL_CREATE_COMMAND_H_
#define EVOKE_CLIENTS_CONTROL_CREATE_COMMAND_H_

#include <memory>

#include "clients/control/command.h"

namespace evoke {

std::unique_ptr<Command> NewCreateCommand();

}  // namespace evoke

#endif  // EVOKE_CLIENTS_CONTROL_CREATE_COMMAND_H_
