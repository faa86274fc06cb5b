#include "clients/control/report_command.h"

#include <optional>

#include "CLI/CLI.hpp"
#include "clients/control/event_follower.h"
#include "clients/control/names.h"
#include "clients/control/report_writer.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

class ReportCommand : public Command {
 public:
  CLI::App* AddTo(CLI::App& app) override {
    CLI::App* command =
        app.add_subcommand("report", "Write figures, numbers and trials to a folder");
    command->footer(
        "best.png          the final stimulus, enlarged\n"
        "generations.png   the best image of each generation\n"
        "convergence.png   estimate +- s.e. over the presentations\n"
        "confirmation.png  first generation's best and final stimulus, measured anew\n"
        "trials.csv        as from export\n"
        "summary.txt       the numbers, which are printed too\n"
        "Works while the experiment runs and after it was stopped; says what is left out and why.");
    command->add_option("NAME", name_, "demo or experiments/demo")->required();
    command->add_option("--out", folder_, "The folder; made if it is missing")->required();
    command->add_option(
        "--against", against_,
        "An experiment to compare with, such as a random search of the same budget");
    return command;
  }

  absl::StatusOr<ExitCode> Run(CommandContext& context) override {
    const absl::StatusOr<std::string> name = FullExperimentName(name_);
    if (!name.ok()) return UsageError(name.status());
    std::optional<ExperimentRecord> against;
    if (!against_.empty()) {
      const absl::StatusOr<std::string> other = FullExperimentName(against_);
      if (!other.ok()) return UsageError(other.status());
      EVOKE_ASSIGN_OR_RETURN(against, ReadRecord(*context.api, *other));
    }
    EVOKE_ASSIGN_OR_RETURN(const ExperimentRecord record, ReadRecord(*context.api, *name));
    const ImageSource images = [&](const std::string& stimulus) {
      return context.api->GetImage(stimulus);
    };
    EVOKE_ASSIGN_OR_RETURN(const WrittenReport report,
                           WriteReport(record, against ? &*against : nullptr, images, folder_));
    if (context.json) {
      *context.out << report.json << "\n";
    } else {
      *context.out << report.text << "written to " << folder_ << "\n";
    }
    return ExitCode::kSuccess;
  }

 private:
  std::string name_;
  std::string folder_;
  std::string against_;
};

}  // namespace

std::unique_ptr<Command> NewReportCommand() { return std::make_unique<ReportCommand>(); }

}  // namespace evoke
