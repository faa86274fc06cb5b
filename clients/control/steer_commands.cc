#include "clients/control/steer_commands.h"

#include <functional>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_join.h"
#include "clients/control/event_text.h"
#include "clients/control/names.h"
#include "clients/control/text.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

// Pause, resume and stop differ in the call alone.
class StateCommand : public Command {
 public:
  using Call = std::function<absl::StatusOr<v1::Experiment>(ExperimentApi&, const std::string& name,
                                                            const std::string& reason)>;

  StateCommand(std::string verb, std::string help, bool takes_reason, Call call)
      : verb_(std::move(verb)),
        help_(std::move(help)),
        takes_reason_(takes_reason),
        call_(std::move(call)) {}

  CLI::App* AddTo(CLI::App& app) override {
    CLI::App* command = app.add_subcommand(verb_, help_);
    command->add_option("NAME", name_, "demo or experiments/demo")->required();
    if (takes_reason_) command->add_option("--reason", reason_, "Why; kept in the record");
    return command;
  }

  absl::StatusOr<ExitCode> Run(CommandContext& context) override {
    const absl::StatusOr<std::string> name = FullExperimentName(name_);
    if (!name.ok()) return UsageError(name.status());
    EVOKE_ASSIGN_OR_RETURN(const v1::Experiment experiment, call_(*context.api, *name, reason_));
    if (context.json) {
      PrintJson(experiment, *context.out);
    } else {
      *context.out << *name << " is " << StateText(experiment) << "\n";
    }
    return ExitCode::kSuccess;
  }

 private:
  const std::string verb_;
  const std::string help_;
  const bool takes_reason_;
  const Call call_;
  std::string name_;
  std::string reason_;
};

class AbortCommand : public Command {
 public:
  CLI::App* AddTo(CLI::App& app) override {
    CLI::App* command = app.add_subcommand(
        "abort", "Take the stimulus that is on off the screen; its trial is shown again");
    command->add_option("NAME", name_, "demo or experiments/demo; - for whatever is on")
        ->required();
    command->add_option("--reason", reason_, "Why; kept in the record")->capture_default_str();
    return command;
  }

  absl::StatusOr<ExitCode> Run(CommandContext& context) override {
    const absl::StatusOr<std::string> name =
        name_ == "-" ? "experiments/-" : FullExperimentName(name_);
    if (!name.ok()) return UsageError(name.status());
    EVOKE_ASSIGN_OR_RETURN(const int displays, context.api->Abort(*name, reason_));
    if (context.json) {
      v1::AbortStimulusResponse response;
      response.set_displays(displays);
      PrintJson(response, *context.out);
    } else if (displays == 0) {
      *context.out << "no display holds a trial of it\n";
    } else {
      *context.out << "told " << displays << (displays == 1 ? " display\n" : " displays\n");
    }
    return ExitCode::kSuccess;
  }

 private:
  std::string name_;
  std::string reason_ = "aborted by the operator";
};

class CommentCommand : public Command {
 public:
  CLI::App* AddTo(CLI::App& app) override {
    CLI::App* command = app.add_subcommand("comment", "Write a remark into the record");
    command->add_option("NAME", name_, "demo or experiments/demo")->required();
    command->add_option("TEXT", words_, "The remark; several words are joined")->required();
    command->add_option("--author", author_, "Who says it; $USER if not given");
    return command;
  }

  absl::StatusOr<ExitCode> Run(CommandContext& context) override {
    const absl::StatusOr<std::string> name = FullExperimentName(name_);
    if (!name.ok()) return UsageError(name.status());
    v1::Comment comment;
    comment.set_text(absl::StrJoin(words_, " "));
    comment.set_author(author_.empty() ? context.user : author_);
    EVOKE_ASSIGN_OR_RETURN(const v1::ExperimentEvent event, context.api->Comment(*name, comment));
    if (context.json) {
      PrintJson(event, *context.out);
    } else {
      *context.out << EventLine(event, {}) << "\n";
    }
    return ExitCode::kSuccess;
  }

 private:
  std::string name_;
  std::vector<std::string> words_;
  std::string author_;
};

}  // namespace

std::unique_ptr<Command> NewPauseCommand() {
  return std::make_unique<StateCommand>(
      "pause", "Show no new trials until it is resumed", true,
      [](ExperimentApi& api, const std::string& name, const std::string& reason) {
        return api.Pause(name, reason);
      });
}

std::unique_ptr<Command> NewResumeCommand() {
  return std::make_unique<StateCommand>("resume", "Go on with a paused experiment", false,
                                        [](ExperimentApi& api, const std::string& name,
                                           const std::string&) { return api.Resume(name); });
}

std::unique_ptr<Command> NewStopCommand() {
  return std::make_unique<StateCommand>(
      "stop", "End an experiment for good", true,
      [](ExperimentApi& api, const std::string& name, const std::string& reason) {
        return api.Stop(name, reason);
      });
}

std::unique_ptr<Command> NewAbortCommand() { return std::make_unique<AbortCommand>(); }

std::unique_ptr<Command> NewCommentCommand() { return std::make_unique<CommentCommand>(); }

}  // namespace evoke
