#include "clients/control/command_line.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "CLI/CLI.hpp"
#include "clients/api/connection_flags.h"
#include "clients/control/create_command.h"
#include "clients/control/export_command.h"
#include "clients/control/map_command.h"
#include "clients/control/read_commands.h"
#include "clients/control/report_command.h"
#include "clients/control/steer_commands.h"
#include "clients/control/stimulus_command.h"
#include "clients/control/timing_command.h"
#include "clients/control/watch_command.h"

namespace evoke {
namespace {

std::vector<std::unique_ptr<Command>> AllCommands() {
  std::vector<std::unique_ptr<Command>> commands;
  for (auto make : {NewCreateCommand, NewListCommand, NewGetCommand, NewWatchCommand,
                    NewPauseCommand, NewResumeCommand, NewStopCommand, NewAbortCommand,
                    NewCommentCommand, NewTrialsCommand, NewStimulusCommand, NewExportCommand,
                    NewReportCommand, NewMapCommand, NewTimingCommand, NewClientsCommand}) {
    commands.push_back(make());
  }
  return commands;
}

const char kExamples[] =
    "Examples:\n"
    "  evokectl create demo demo.textproto && evokectl watch demo\n"
    "  evokectl pause demo --reason 'electrode moved'\n"
    "  evokectl report demo --out demo-report --against demo-random\n"
    "  evokectl --json list | jq .name\n";

}  // namespace

ExitCode RunCommandLine(std::vector<std::string> arguments, CommandContext context) {
  CLI::App app{"Steers the experiments of an evoke-server."};
  app.name("evokectl");
  app.require_subcommand(1);
  app.fallthrough();  // the options here may stand behind the command too
  ConnectionFlags connection_flags;
  double timeout_s = 20;
  connection_flags.AddTo(&app);
  app.add_option("--timeout", timeout_s, "Seconds that one call may take; watch waits for ever")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str();
  app.add_flag("--json", context.json,
               "Write JSON only, one object per line, with the names of the .proto files");

  const std::vector<std::unique_ptr<Command>> commands = AllCommands();
  std::vector<std::pair<CLI::App*, Command*>> parsers;
  for (const auto& command : commands) parsers.emplace_back(command->AddTo(app), command.get());
  // Afterwards: commands would inherit it.
  app.footer(std::string("\n") + ExitCodeHelp() + "\n" + kExamples +
             "\nHelp for one command: evokectl COMMAND --help");

  std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes them
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& e) {
    const bool asked_for_help = e.get_exit_code() == 0;
    app.exit(e, *context.out, *context.err);
    return asked_for_help ? ExitCode::kSuccess : ExitCode::kUsage;
  }

  const absl::StatusOr<Connection> server = connection_flags.Read(context.clock->Now());
  if (!server.ok()) {
    *context.err << "evokectl: " << server.status().message() << "\n" << std::flush;
    return ExitCode::kUsage;
  }
  ExperimentApi api(*server, absl::Seconds(timeout_s));
  context.api = &api;
  const auto chosen =
      std::find_if(parsers.begin(), parsers.end(), [](const auto& p) { return p.first->parsed(); });
  const absl::StatusOr<ExitCode> code = chosen->second->Run(context);
  if (code.ok()) return *code;
  *context.err << "evokectl: " << code.status().message() << "\n" << std::flush;
  return IsUsageError(code.status()) ? ExitCode::kUsage : ExitCodeOf(code.status());
}

}  // namespace evoke
