// evokectl list, get, clients, trials
#ifndef EVOKE_CLIENTS_CONTROL_READ_COMMANDS_H_
#define EVOKE_CLIENTS_CONTROL_READ_COMMANDS_H_

#include <memory>

#include "clients/control/command.h"

namespace evoke {

std::unique_ptr<Command> NewListCommand();
std::unique_ptr<Command> NewGetCommand();
std::unique_ptr<Command> NewClientsCommand();
std::unique_ptr<Command> NewTrialsCommand();

}  // namespace evoke

#endif  // EVOKE_CLIENTS_CONTROL_READ_COMMANDS_H_
