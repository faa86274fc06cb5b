#include "clients/control/map_command.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "clients/control/event_follower.h"
#include "clients/control/experiment_api.h"
#include "clients/control/mapping.h"
#include "clients/control/names.h"
#include "common/figure/image_file.h"
#include "common/figure/raster.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

constexpr size_t kMostUnits = 64;
constexpr size_t kMostPanels = 9;

// All spikes of each electrode of the rigs that are connected.
absl::StatusOr<std::vector<std::string>> AllElectrodes(ExperimentApi& api) {
  EVOKE_ASSIGN_OR_RETURN(const std::vector<v1::Client> clients, api.ListClients());
  std::vector<std::string> units;
  for (const v1::Client& client : clients) {
    if (client.state() != v1::Client::STATE_LIVE) continue;
    for (const v1::Client::Unit& unit : client.backend().units()) {
      if (unit.electrode()) units.push_back(unit.name() + "/mua");
    }
  }
  if (units.empty()) {
    return absl::FailedPreconditionError("no rig with electrodes is connected; name --units");
  }
  if (units.size() > kMostUnits) {
    return absl::FailedPreconditionError(absl::StrCat(
        units.size(), " electrodes are connected; name up to ", kMostUnits, " with --units"));
  }
  return units;
}

class MapCommand : public Command {
 public:
  CLI::App* AddTo(CLI::App& app) override {
    CLI::App* command = app.add_subcommand(
        "map", "Flash images over positions; propose position, latency window and units");
    command->footer(
        "Creates one experiment per position, ID-1, ID-2, ... from the top left, which the display "
        "shows in\nturn; their records stay. Ends with the fields to write into a specification.");
    command->add_option("ID", id_, "Name of the run: lower-case letters, digits and hyphens")
        ->required();
    command
        ->add_option("--units", options_.units,
                     "Units to look at; all spikes of every electrode if not given")
        ->delimiter(',');
    command->add_option("--columns", options_.columns, "Of the grid")->capture_default_str();
    command->add_option("--rows", options_.rows, "Of the grid")->capture_default_str();
    command->add_option("--step", options_.step, "Between positions")->capture_default_str();
    command->add_option("--size", options_.size, "Of an image")->capture_default_str();
    command->add_flag("--pixels", options_.pixels, "Step, size and centre in pixels, not degrees");
    command
        ->add_option("--center-x", options_.center_x, "Of the grid, right of the screen's centre")
        ->capture_default_str();
    command->add_option("--center-y", options_.center_y, "Up of it")->capture_default_str();
    command->add_option("--flashes", options_.flashes, "At each position")->capture_default_str();
    command->add_option("--on-ms", on_ms_, "How long an image stays")->capture_default_str();
    command->add_option("--off-ms", off_ms_, "Background after it")->capture_default_str();
    command->add_option("--generator", options_.generator, "Whose random images are flashed")
        ->capture_default_str();
    command->add_option("--seed", options_.seed, "Of the images")->capture_default_str();
    command->add_option("--out", picture_, "Write rasters of the units that respond to this PNG");
    return command;
  }

  absl::StatusOr<ExitCode> Run(CommandContext& context) override {
    options_.on = absl::Milliseconds(on_ms_);
    options_.off = absl::Milliseconds(off_ms_);
    if (options_.units.empty()) {
      EVOKE_ASSIGN_OR_RETURN(options_.units, AllElectrodes(*context.api));
    }
    if (const absl::Status valid = options_.Validate(); !valid.ok()) return UsageError(valid);
    const std::vector<v1::Experiment> specs = MappingSpecs(options_);
    std::vector<v1::CreateExperimentRequest> requests;
    for (const v1::Experiment& spec : specs) {
      v1::CreateExperimentRequest& request = requests.emplace_back();
      request.set_experiment_id(absl::StrCat(id_, "-", requests.size()));
      *request.mutable_experiment() = spec;
    }
    // All or nothing: whatever is wrong is wrong with the first.
    requests[0].set_validate_only(true);
    EVOKE_RETURN_IF_ERROR(context.api->Create(requests[0]).status());
    requests[0].set_validate_only(false);
    std::vector<std::string> names;
    for (const v1::CreateExperimentRequest& request : requests) {
      EVOKE_ASSIGN_OR_RETURN(const v1::Experiment created, context.api->Create(request));
      names.push_back(created.name());
    }
    *context.err << names.size() << " positions, " << options_.flashes << " flashes each\n";
    std::map<std::string, std::vector<Flash>> flashes;
    for (size_t i = 0; i < names.size(); ++i) {
      EVOKE_RETURN_IF_ERROR(AwaitEnd(context, names[i]));
      EVOKE_RETURN_IF_ERROR(Collect(*context.api, names[i], specs[i].presentation(), &flashes));
    }
    std::vector<UnitMap> maps;
    for (const std::string& unit : options_.units) {
      if (flashes[unit].empty()) {
        return absl::DataLossError(absl::StrCat(unit, ": no flash was recorded"));
      }
      maps.push_back(MapUnit(unit, std::move(flashes[unit])));
    }
    const MappingProposal proposal = Propose(maps);
    *context.out << MappingText(maps, proposal, options_);
    if (!picture_.empty() && !proposal.units.empty()) EVOKE_RETURN_IF_ERROR(Draw(maps));
    return proposal.units.empty() ? ExitCode::kError : ExitCode::kSuccess;
  }

 private:
  static absl::Status AwaitEnd(CommandContext& context, const std::string& name) {
    v1::Experiment last;
    FollowHooks hooks;
    hooks.read_stream = [&](const v1::WatchExperimentRequest& request,
                            const FollowHooks::OnEvent& on_event) {
      return context.api->Watch(request, on_event, [] {});
    };
    hooks.on_event = [&](const v1::ExperimentEvent& event) {
      if (!event.has_experiment()) return;
      last = event.experiment();
      if (last.state() != v1::Experiment::STATE_PAUSED) return;
      *context.err << name << " is paused: " << last.state_reason() << "\n";
    };
    hooks.on_broken = [&](const absl::Status& status) { *context.err << status.message() << "\n"; };
    hooks.wait = [](absl::Duration d) { absl::SleepFor(d); };
    v1::WatchExperimentRequest request;
    request.set_name(name);
    request.set_follow(true);
    EVOKE_RETURN_IF_ERROR(FollowEvents(std::move(request), hooks, /*most_tries=*/0));
    if (last.state() == v1::Experiment::STATE_SUCCEEDED) return absl::OkStatus();
    return absl::AbortedError(
        absl::StrCat(name, " did not come to its end: ", last.state_reason()));
  }

  static absl::Status Collect(ExperimentApi& api, const std::string& name,
                              const v1::PresentationSpec& shown,
                              std::map<std::string, std::vector<Flash>>* flashes) {
    EVOKE_ASSIGN_OR_RETURN(const std::vector<v1::Trial> trials, api.ListTrials(name, 0));
    for (const v1::Trial& trial : trials) {
      if (trial.state() != v1::Trial::STATE_SUCCEEDED) continue;
      for (const v1::SpikeTrain& train : trial.response().spike_trains()) {
        Flash& flash = (*flashes)[train.unit()].emplace_back();
        flash.x = shown.center_x();
        flash.y = shown.center_y();
        for (const int64_t nanos : train.nanos_from_onset()) {
          flash.spikes_ms.push_back(static_cast<double>(nanos) * 1e-6);
        }
      }
    }
    return absl::OkStatus();
  }

  // Each unit's flashes at its best position.
  absl::Status Draw(const std::vector<UnitMap>& maps) const {
    std::vector<RasterPanel> panels;
    for (const UnitMap& map : maps) {
      if (!map.responds || panels.size() == kMostPanels) continue;
      const UnitMap::Cell& best =
          *std::max_element(map.cells.begin(), map.cells.end(),
                            [](const auto& a, const auto& b) { return a.rate_hz < b.rate_hz; });
      RasterPanel& panel = panels.emplace_back();
      panel.title = absl::StrFormat("%s at (%.1f, %.1f)", map.unit, best.x, best.y);
      for (const Flash& flash : map.flashes) {
        if (flash.x == best.x && flash.y == best.y) panel.trains.push_back(flash.spikes_ms);
      }
    }
    RasterOptions options;
    options.title = "Units that respond, each at its best position";
    options.to_ms = 300;
    EVOKE_ASSIGN_OR_RETURN(const Image picture, DrawRasters(panels, options));
    return WritePng(picture_, picture);
  }

  MappingOptions options_;
  std::string id_;
  double on_ms_ = 100;
  double off_ms_ = 300;
  std::string picture_;
};

}  // namespace

std::unique_ptr<Command> NewMapCommand() { return std::make_unique<MapCommand>(); }

}  // namespace evoke
