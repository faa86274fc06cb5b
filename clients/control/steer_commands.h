// evokectl pause, resume, stop, abort, comment
#ifndef EVOKE_CLIENTS_CONTROL_STEER_COMMANDS_H_
#define EVOKE_CLIENTS_CONTROL_STEER_COMMANDS_H_

#include <memory>

#include "clients/control/command.h"

namespace evoke {

std::unique_ptr<Command> NewPauseCommand();
std::unique_ptr<Command> NewResumeCommand();
std::unique_ptr<Command> NewStopCommand();
std::unique_ptr<Command> NewAbortCommand();
std::unique_ptr<Command> NewCommentCommand();

}  // namespace evoke

#endif  // EVOKE_CLIENTS_CONTROL_STEER_COMMANDS_H_
