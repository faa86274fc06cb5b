// evokectl export
#ifndef EVOKE_CLIENTS_CONTROL_EXPORT_COMMAND_H_
#define EVOKE_CLIENTS_CONTROL_EXPORT_COMMAND_H_

#include <memory>

#include "clients/control/command.h"

namespace evoke {

std::unique_ptr<Command> NewExportCommand();

}  // namespace evoke

#endif  // EVOKE_CLIENTS_CONTROL_EXPORT_COMMAND_H_
