#include "clients/control/read_commands.h"

#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/control/event_text.h"
#include "clients/control/experiment_text.h"
#include "clients/control/names.h"
#include "clients/control/text.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

using Rows = std::vector<std::vector<std::string>>;

template <typename Messages>
void PrintJsonLines(const Messages& messages, std::ostream& out) {
  for (const auto& message : messages) PrintJson(message, out);
}

std::string BestText(const v1::Progress& progress) {
  if (!progress.has_best()) return "-";
  return EstimateText(progress.best().score(), progress.best().standard_error());
}

std::string SiteText(const v1::Estimate& best, const v1::ObjectiveSpec& objective) {
  if (!best.has_latent()) return "no estimate yet";
  return absl::StrCat(EstimateText(best.score(), best.standard_error()), " ", ScoreUnit(objective),
                      best.stimulus().empty() ? "" : ", stimulus ", LastPart(best.stimulus()));
}

class ListCommand : public Command {
 public:
  CLI::App* AddTo(CLI::App& app) override {
    return app.add_subcommand("list", "All experiments, newest first");
  }

  absl::StatusOr<ExitCode> Run(CommandContext& context) override {
    EVOKE_ASSIGN_OR_RETURN(const std::vector<v1::Experiment> experiments, context.api->List());
    if (context.json) {
      PrintJsonLines(experiments, *context.out);
      return ExitCode::kSuccess;
    }
    if (experiments.empty()) {
      *context.err << "no experiments yet; make one with: evokectl create ID SPEC.textproto\n";
      return ExitCode::kSuccess;
    }
    Rows rows = {{"NAME", "STATE", "TRIALS", "GEN", "BEST", "SEARCH", "CREATED", "SUBJECT"}};
    for (const v1::Experiment& e : experiments) {
      rows.push_back(
          {LastPart(e.name()), ShortEnum(v1::Experiment::State_Name(e.state()), "STATE_"),
           absl::StrCat(e.progress().candidate_trials_done(), "/",
                        e.optimizer().max_candidate_trials()),
           absl::StrCat(e.progress().generation()), BestText(e.progress()),
           AlgorithmText(e.optimizer()), LocalTimeText(e.create_time()), Printable(e.subject())});
    }
    *context.out << AlignColumns(rows);
    return ExitCode::kSuccess;
  }
};

class GetCommand : public Command {
 public:
  CLI::App* AddTo(CLI::App& app) override {
    CLI::App* command = app.add_subcommand("get", "One experiment: state, progress, plan");
    command->add_option("NAME", name_, "demo or experiments/demo")->required();
    return command;
  }

  absl::StatusOr<ExitCode> Run(CommandContext& context) override {
    const absl::StatusOr<std::string> name = FullExperimentName(name_);
    if (!name.ok()) return UsageError(name.status());
    EVOKE_ASSIGN_OR_RETURN(const v1::Experiment e, context.api->Get(*name));
    if (context.json) {
      PrintJson(e, *context.out);
      return ExitCode::kSuccess;
    }
    const v1::Progress& p = e.progress();
    Rows rows = {
        {"  state", StateText(e)},
        {"  created", LocalTimeText(e.create_time())},
        {"  progress", absl::StrFormat("%d of %d candidate trials, generation %d; %d of %d planned "
                                       "trials of every kind ended",
                                       p.candidate_trials_done(), p.candidate_trials_max(),
                                       p.generation(), p.trials_done(), p.trials_planned())},
        {"  best", SiteText(p.best(), e.objective())}};
    if (const std::string reference = ReferenceText(p); !reference.empty()) {
      rows.push_back({"  best reference", reference});
    }
    for (const v1::Estimate& site : p.site_best()) {
      rows.push_back(
          {absl::StrCat("  site ", Printable(site.site())), SiteText(site, e.objective())});
    }
    *context.out << e.name() << "\n" << AlignColumns(rows) << PlanText(e);
    return ExitCode::kSuccess;
  }

 private:
  std::string name_;
};

std::string RoleName(const v1::Client& client) {
  if (client.has_display()) return "display";
  return client.has_observer() ? "observer" : "backend";
}

std::string DescriptionText(const v1::Client& client) {
  if (client.has_observer()) return "sees what is shown";
  if (client.has_display()) {
    return absl::StrFormat("%d x %d pixels, %.4g Hz", client.display().width(),
                           client.display().height(), client.display().refresh_hz());
  }
  const v1::Client::Backend& backend = client.backend();
  std::string units;
  if (backend.units_size() > 0) {
    units = absl::StrCat(": ", Printable(backend.units(0).name()));
    if (backend.units_size() > 1) {
      absl::StrAppend(&units, " .. ", Printable(backend.units().rbegin()->name()));
    }
  }
  return absl::StrCat(Printable(backend.adapter()), ", ", backend.units_size(), " units", units);
}

class ClientsCommand : public Command {
 public:
  CLI::App* AddTo(CLI::App& app) override {
    return app.add_subcommand("clients", "Displays and backends that have registered");
  }

  absl::StatusOr<ExitCode> Run(CommandContext& context) override {
    EVOKE_ASSIGN_OR_RETURN(const std::vector<v1::Client> clients, context.api->ListClients());
    if (context.json) {
      PrintJsonLines(clients, *context.out);
      return ExitCode::kSuccess;
    }
    if (clients.empty()) {
      *context.err
          << "no clients; start evoke-display and a backend (evoke-sim or a rig's adapter)\n";
      return ExitCode::kSuccess;
    }
    Rows rows = {{"NAME", "ROLE", "STATE", "LAST HEARTBEAT", "WHAT"}};
    for (const v1::Client& client : clients) {
      rows.push_back(
          {LastPart(client.name()), RoleName(client),
           client.trouble().empty() ? ShortEnum(v1::Client::State_Name(client.state()), "STATE_")
                                    : "TROUBLE",
           LocalTimeText(client.last_heartbeat_time()),
           client.trouble().empty() ? DescriptionText(client) : Printable(client.trouble())});
    }
    *context.out << AlignColumns(rows);
    return ExitCode::kSuccess;
  }
};

class TrialsCommand : public Command {
 public:
  CLI::App* AddTo(CLI::App& app) override {
    CLI::App* command = app.add_subcommand("trials", "The trials of an experiment, as planned");
    command->add_option("NAME", name_, "demo or experiments/demo")->required();
    command->add_option("--limit", limit_, "How many, from the first; 0: all")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    return command;
  }

  absl::StatusOr<ExitCode> Run(CommandContext& context) override {
    const absl::StatusOr<std::string> name = FullExperimentName(name_);
    if (!name.ok()) return UsageError(name.status());
    EVOKE_ASSIGN_OR_RETURN(const std::vector<v1::Trial> trials,
                           context.api->ListTrials(*name, limit_));
    if (context.json) {
      PrintJsonLines(trials, *context.out);
      return ExitCode::kSuccess;
    }
    Rows rows = {{"TRIAL", "GEN", "KIND", "STIMULUS", "REPEAT", "STATE", "TRY", "SCORE", "DISPLAY",
                  "REASON"}};
    for (const v1::Trial& t : trials) {
      rows.push_back(
          {LastPart(t.name()), absl::StrCat(t.generation()),
           ShortEnum(v1::Trial::Kind_Name(t.kind()), "KIND_"), LastPart(t.stimulus()),
           absl::StrCat(t.repeat()), ShortEnum(v1::Trial::State_Name(t.state()), "STATE_"),
           absl::StrCat(t.attempt()), t.has_score() ? absl::StrFormat("%.4g", t.score()) : "-",
           t.display().empty() ? "-" : LastPart(t.display()), Printable(t.state_reason())});
    }
    *context.out << AlignColumns(rows);
    if (limit_ > 0 && static_cast<int>(trials.size()) == limit_) {
      *context.err << "the first " << limit_ << "; see more with --limit N, all with --limit 0\n";
    }
    return ExitCode::kSuccess;
  }

 private:
  std::string name_;
  int limit_ = 100;
};

}  // namespace

std::unique_ptr<Command> NewListCommand() { return std::make_unique<ListCommand>(); }
std::unique_ptr<Command> NewGetCommand() { return std::make_unique<GetCommand>(); }
std::unique_ptr<Command> NewClientsCommand() { return std::make_unique<ClientsCommand>(); }
std::unique_ptr<Command> NewTrialsCommand() { return std::make_unique<TrialsCommand>(); }

}  // namespace evoke
