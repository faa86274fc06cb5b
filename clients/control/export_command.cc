#include "clients/control/export_command.h"

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "clients/control/event_follower.h"
#include "clients/control/names.h"
#include "clients/control/trial_table.h"
#include "common/status_macros.h"
#include "nlohmann/json.hpp"

namespace evoke {
namespace {

class ExportCommand : public Command {
 public:
  CLI::App* AddTo(CLI::App& app) override {
    CLI::App* command =
        app.add_subcommand("export", "Write every trial of the whole record as CSV");
    command->footer(
        "One row for each trial with its latest state: stimulus, spikes of each unit, score, onset "
        "and\n"
        "its uncertainty, frames, clients, latent point. Next to it come *.log.csv, the states "
        "and\n"
        "comments with their times, and *.spec.textproto, which creates the same experiment "
        "again.");
    command->add_option("NAME", name_, "demo or experiments/demo")->required();
    command->add_option("-o,--output", path_,
                        "The file; demo.csv if not given; - writes the trials alone to standard "
                        "output");
    return command;
  }

  absl::StatusOr<ExitCode> Run(CommandContext& context) override {
    const absl::StatusOr<std::string> name = FullExperimentName(name_);
    if (!name.ok()) return UsageError(name.status());
    if (path_ == "-" && context.json) {
      return UsageError(absl::InvalidArgumentError("--json and -o - both want standard output"));
    }
    EVOKE_ASSIGN_OR_RETURN(const ExperimentRecord record, ReadRecord(*context.api, *name));
    if (path_ == "-") {
      *context.out << TrialTable(record) << std::flush;
      return ExitCode::kSuccess;
    }
    const ExportedFiles files =
        ExportedFilesOf(path_.empty() ? absl::StrCat(LastPart(*name), ".csv") : path_);
    EVOKE_RETURN_IF_ERROR(WriteTables(record, files));
    if (context.json) {
      *context.out << nlohmann::json{{"experiment", *name},
                                     {"trials", record.trials().size()},
                                     {"last_sequence", record.last_sequence()},
                                     {"trials_file", files.trials},
                                     {"log_file", files.log},
                                     {"spec_file", files.specification}}
                          .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
                   << "\n";
    } else {
      *context.out << files.trials << ": " << record.trials().size() << " trials\n"
                   << files.log << ": states and comments\n"
                   << files.specification << ": the specification\n";
      if (!record.ended()) *context.err << *name << " has not ended: more trials will come\n";
    }
    return ExitCode::kSuccess;
  }

 private:
  std::string name_;
  std::string path_;
};

}  // namespace

std::unique_ptr<Command> NewExportCommand() { return std::make_unique<ExportCommand>(); }

}  // namespace evoke
