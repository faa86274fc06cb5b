#include "sim_backend/analysis/raster_command.h"

#include <iostream>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/figure/image_file.h"
#include "common/figure/raster.h"
#include "common/status_macros.h"
#include "sim_backend/analysis/spike_rasters.h"
#include "sim_backend/analysis/unit_list.h"

namespace evoke {
namespace {

constexpr size_t kMostUnits = 16;
constexpr size_t kMostTrains = 100'000;

}  // namespace

CLI::App* RasterCommand::AddTo(CLI::App& app, NetworkCommand& network, NeuronCommand& neurons) {
  CLI::App* command = app.add_subcommand(
      "raster", "Rasters and PSTHs of simulated neurons to images, each shown several times");
  command->footer("Rows from the bottom: all repeats of the first image, then of the next.");
  images.AddTo(command);
  command->add_option("--units", units, "Up to 16 units: conv3/37,conv2/17@4,4,class/0-9")
      ->required();
  command->add_option("--repeats", repeats, "Showings of each image")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command->add_option("--seed", seed, "Of the noise")->capture_default_str();
  command->add_option("--from-ms", from_ms, "Begin of the time axis")->capture_default_str();
  command->add_option("--to-ms", to_ms, "Its end")->capture_default_str();
  command->add_option("--bin-ms", bin_ms, "Of the PSTH")->capture_default_str();
  command->add_option("-o,--out", out, "The picture, *.png")->required();
  network.AddTo(command);
  neurons.AddTo(command);
  return command;
}

absl::Status RasterCommand::Run(const NetworkCommand& network_command,
                                const NeuronCommand& neuron_command) const {
  EVOKE_ASSIGN_OR_RETURN(const NeuronOptions noise, neuron_command.Options());
  EVOKE_ASSIGN_OR_RETURN(const std::unique_ptr<Network> network, network_command.Load());
  EVOKE_ASSIGN_OR_RETURN(const std::vector<NamedUnit> list,
                         ParseUnitList(network->layers(), units));
  if (list.size() > kMostUnits) {
    return absl::InvalidArgumentError(
        absl::StrCat("units: ", list.size(), " are given, a picture holds ", kMostUnits));
  }
  EVOKE_ASSIGN_OR_RETURN(const LabelledImages set, images.Load(*network));
  if (set.size() * repeats > kMostTrains) {
    return absl::InvalidArgumentError(absl::StrCat(set.size(), " images, ", repeats,
                                                   " times each: a picture holds ", kMostTrains,
                                                   " presentations; give --limit"));
  }
  SimulatedNeurons neurons(network.get(), noise);
  EVOKE_ASSIGN_OR_RETURN(const std::vector<RasterPanel> panels,
                         ShowRepeatedly(neurons, set.images, list, repeats, seed));
  RasterOptions options;
  options.title = absl::StrCat(network_command.model, ": ", set.size(), " images x ", repeats, ", ",
                               Describe(noise));
  options.from_ms = from_ms;
  options.to_ms = to_ms;
  options.bin_ms = bin_ms;
  options.window_start_ms = absl::ToDoubleMilliseconds(noise.latency);
  options.window_end_ms =
      absl::ToDoubleMilliseconds(noise.latency + network->steps() * network->step_duration());
  EVOKE_ASSIGN_OR_RETURN(const Image picture, DrawRasters(panels, options));
  EVOKE_RETURN_IF_ERROR(WritePng(out, picture));
  std::cout << out << "\n" << std::flush;
  return absl::OkStatus();
}

}  // namespace evoke
