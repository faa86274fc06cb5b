#include "sim_backend/analysis/describe_command.h"

#include <iostream>
#include <memory>
#include <optional>
#include <vector>

#include "absl/strings/str_format.h"
#include "common/status_macros.h"
#include "sim_backend/analysis/network_summary.h"

namespace evoke {

CLI::App* DescribeCommand::AddTo(CLI::App& app, NetworkCommand& network) {
  CLI::App* command = app.add_subcommand(
      "describe", "Layers, shapes and units of a network; with --images, how much they fire");
  images.AddTo(command, /*required=*/false);
  network.AddTo(command);
  return command;
}

absl::Status DescribeCommand::Run(const NetworkCommand& network_command) const {
  EVOKE_ASSIGN_OR_RETURN(const std::unique_ptr<Network> network, network_command.Load());
  std::vector<LayerActivity> activity;
  std::optional<double> accuracy;
  size_t shown = 0;
  if (!images.request.from.empty()) {
    EVOKE_ASSIGN_OR_RETURN(const LabelledImages set, images.Load(*network));
    shown = set.size();
    EVOKE_ASSIGN_OR_RETURN(activity, MeasureLayers(*network, set.images, CountOnTerminal(shown)));
    EVOKE_ASSIGN_OR_RETURN(accuracy, Accuracy(*network, set, CountOnTerminal(shown)));
  }
  std::cout << network_command.model << ": " << NetworkText(*network, activity);
  if (shown > 0) std::cout << "measured on " << shown << " images\n";
  if (accuracy) std::cout << absl::StrFormat("class of %.1f %% right\n", 100 * *accuracy);
  std::cout << std::flush;
  return absl::OkStatus();
}

}  // namespace evoke
