#include "clients/control/watch_command.h"

#include <optional>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/control/event_follower.h"
#include "clients/control/event_text.h"
#include "clients/control/live_line.h"
#include "clients/control/names.h"
#include "clients/control/progress_tracker.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

// Shows events as they come: JSON, lines that stay, or a live line below those.
class EventPrinter {
 public:
  EventPrinter(CommandContext& context, std::string name)
      : context_(context), name_(std::move(name)) {
    if (!context.json && context.terminal_columns > 0) {
      live_.emplace(context.out, context.terminal_columns);
    }
  }

  void Event(const v1::ExperimentEvent& event) {
    const int64_t now = context_.clock->MonotonicNanos();
    tracker_.Add(event, now);
    if (context_.json) return PrintJson(event, *context_.out);
    // The live line shows what a completed generation has to say.
    const std::string line =
        live_ && event.has_generation() ? "" : EventLine(event, tracker_.At(now));
    if (!line.empty() && live_) {
      live_->Print(line);
    } else if (!line.empty()) {
      *context_.out << line << "\n" << std::flush;
    }
    if (live_ && live_->Due(now)) Draw(now);
  }

  void Idle() {
    const int64_t now = context_.clock->MonotonicNanos();
    if (live_ && live_->Due(now)) Draw(now);
  }

  void Broken(const absl::Status& status) {
    const std::string text = absl::StrCat("connection lost, trying again: ", status.message());
    if (live_) return live_->Print(text);
    *context_.err << text << "\n" << std::flush;
  }

  void End() {
    if (live_) Draw(context_.clock->MonotonicNanos());
    live_.reset();
  }

  v1::Experiment::State state() const { return tracker_.experiment().state(); }

 private:
  void Draw(int64_t now) {
    const v1::Experiment& experiment = tracker_.experiment();
    const bool active = experiment.state() == v1::Experiment::STATE_ACTIVE;
    live_->Draw(absl::StrCat(name_, "  ", ProgressText(tracker_.At(now)), active ? "" : "  ",
                             active ? "" : StateText(experiment)),
                now);
  }

  CommandContext& context_;
  const std::string name_;
  ProgressTracker tracker_;
  std::optional<LiveLine> live_;
};

class WatchCommand : public Command {
 public:
  CLI::App* AddTo(CLI::App& app) override {
    CLI::App* command = app.add_subcommand("watch", "Follow an experiment until it ends");
    command->footer(
        "On a terminal a line shows trials, generation, best estimate +- s.e., rate and time "
        "left;\n"
        "elsewhere each generation and each change of state gets a line. Goes on by itself after\n"
        "the server was away. Ctrl-C ends the watching, not the experiment.\n"
        "Exit code: 0 succeeded, 3 stopped, 4 failed, 5 the server was not there.");
    command->add_option("NAME", name_, "demo or experiments/demo")->required();
    command->add_flag("--follow,!--no-follow", follow_,
                      "Wait for new events (the default); --no-follow ends with those there are");
    return command;
  }

  absl::StatusOr<ExitCode> Run(CommandContext& context) override {
    const absl::StatusOr<std::string> name = FullExperimentName(name_);
    if (!name.ok()) return UsageError(name.status());
    v1::WatchExperimentRequest request;
    request.set_name(*name);
    request.set_follow(follow_);
    EventPrinter printer(context, LastPart(*name));
    FollowHooks hooks;
    hooks.read_stream = [&](const v1::WatchExperimentRequest& r,
                            const FollowHooks::OnEvent& on_event) {
      return context.api->Watch(r, on_event, [&] { printer.Idle(); });
    };
    hooks.on_event = [&](const v1::ExperimentEvent& event) { printer.Event(event); };
    hooks.on_broken = [&](const absl::Status& broken) { printer.Broken(broken); };
    hooks.wait = [](absl::Duration d) { absl::SleepFor(d); };
    const absl::Status status = FollowEvents(request, hooks, /*most_tries=*/0);
    printer.End();
    EVOKE_RETURN_IF_ERROR(status);
    const ExitCode code = ExitCodeOf(printer.state());
    return follow_ || code != ExitCode::kError ? code : ExitCode::kSuccess;
  }

 private:
  std::string name_;
  bool follow_ = true;
};

}  // namespace

std::unique_ptr<Command> NewWatchCommand() { return std::make_unique<WatchCommand>(); }

}  // namespace evoke
