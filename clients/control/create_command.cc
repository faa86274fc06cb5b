#include "clients/control/create_command.h"

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "clients/control/experiment_text.h"
#include "clients/control/names.h"
#include "clients/control/spec_file.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

class CreateCommand : public Command {
 public:
  CLI::App* AddTo(CLI::App& app) override {
    CLI::App* command = app.add_subcommand("create", "Create an experiment from a specification");
    command->footer("It starts as soon as a display and a backend are there.");
    command->add_option("ID", id_, "Its name: lower-case letters, digits and hyphens")->required();
    command
        ->add_option("SPEC", spec_,
                     "evoke.v1.Experiment as *.textproto or *.json; - reads standard input")
        ->required();
    command->add_flag("--validate-only", validate_only_, "Check everything, create nothing");
    return command;
  }

  absl::StatusOr<ExitCode> Run(CommandContext& context) override {
    absl::StatusOr<std::string> name = FullExperimentName(id_);
    if (!name.ok()) return UsageError(name.status());
    v1::CreateExperimentRequest request;
    request.set_experiment_id(LastPart(*name));
    request.set_validate_only(validate_only_);
    EVOKE_ASSIGN_OR_RETURN(*request.mutable_experiment(), ReadSpec(spec_, *context.in));
    if (const std::string& written = request.experiment().name();
        !written.empty() && written != *name) {
      return absl::InvalidArgumentError(absl::StrCat("the specification's name is ", written,
                                                     ", the command line says ", *name,
                                                     "; remove the name from the file"));
    }
    if (!request.experiment().optimizer().start_reference_set().empty()) {
      *context.err << "finding the latent points of the pictures to begin with; seconds for each, "
                      "unless the generator has an encoder\n";
    }
    EVOKE_ASSIGN_OR_RETURN(const v1::Experiment created, context.api->Create(request));
    if (context.json) {
      PrintJson(created, *context.out);
      return ExitCode::kSuccess;
    }
    *context.out << *name << (validate_only_ ? " is valid; nothing was created" : " created")
                 << "\n"
                 << PlanText(created);
    if (!validate_only_) *context.out << "next: evokectl watch " << LastPart(*name) << "\n";
    return ExitCode::kSuccess;
  }

 private:
  std::string id_;
  std::string spec_;
  bool validate_only_ = false;
};

}  // namespace

std::unique_ptr<Command> NewCreateCommand() { return std::make_unique<CreateCommand>(); }

}  // namespace evoke
