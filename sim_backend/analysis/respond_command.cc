#include "sim_backend/analysis/respond_command.h"

#include <filesystem>
#include <iostream>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clients/control/atomic_file.h"
#include "clients/control/csv.h"
#include "common/status_macros.h"
#include "sim_backend/analysis/unit_list.h"

namespace evoke {
namespace {

std::vector<std::string> ClassesOf(const LabelledImages& set) {
  std::vector<std::string> classes;
  for (size_t i = 0; i < set.size(); ++i) classes.push_back(set.ClassOf(i));
  return classes;
}

}  // namespace

CLI::App* RespondCommand::AddTo(CLI::App& app, NetworkCommand& network) {
  CLI::App* command =
      app.add_subcommand("respond", "The spike counts of units or whole layers to images");
  command->footer(
      "The network's own spikes, without noise. Arrays are [image][unit], of a layer\n"
      "[image][channel][row][column], with --in-steps [image][unit][step]; the images' names and\n"
      "classes are beside them, in FILE.images.csv.");
  images.AddTo(command);
  CLI::Option* unit_list =
      command->add_option("--units", units, "Units: conv3/0-127,conv2/17@4,4,class");
  CLI::Option* layer_list =
      command->add_option("--layer", layers, "Every neuron of this layer; may be repeated")
          ->excludes(unit_list);
  command->add_flag("--in-steps", in_steps, "The course over the response, not its sum; *.npy")
      ->excludes(layer_list);
  command->add_option("-o,--out", out, "*.csv or *.npy; several layers get a file each")
      ->required();
  network.AddTo(command);
  return command;
}

bool RespondCommand::as_npy() const { return absl::EndsWith(out, ".npy"); }

absl::Status RespondCommand::Run(const NetworkCommand& network_command) const {
  if (!as_npy() && !absl::EndsWith(out, ".csv")) {
    return absl::InvalidArgumentError(absl::StrCat("--out ", out, ": name a *.csv or *.npy file"));
  }
  if (in_steps && !as_npy()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--out ", out, ": --in-steps has three dimensions; name a *.npy file"));
  }
  if (units.empty() && layers.empty()) {
    return absl::InvalidArgumentError("give --units or --layer; evoke-sim describe lists them");
  }
  EVOKE_ASSIGN_OR_RETURN(const std::unique_ptr<Network> network, network_command.Load());
  EVOKE_ASSIGN_OR_RETURN(const LabelledImages set, images.Load(*network));
  if (!units.empty()) EVOKE_RETURN_IF_ERROR(WriteUnits(*network, set));
  for (const std::string& layer : layers) EVOKE_RETURN_IF_ERROR(WriteLayer(*network, set, layer));
  return absl::OkStatus();
}

std::string RespondCommand::PathOf(const std::string& layer) const {
  if (layers.size() < 2) return out;
  const std::filesystem::path path(out);
  return (path.parent_path() /
          absl::StrCat(path.stem().string(), ".", layer, path.extension().string()))
      .string();
}

absl::Status RespondCommand::WriteUnits(const Network& network, const LabelledImages& set) const {
  EVOKE_ASSIGN_OR_RETURN(const std::vector<NamedUnit> list, ParseUnitList(network.layers(), units));
  const AnswerProgress progress = CountOnTerminal(set.size());
  if (in_steps) {
    EVOKE_ASSIGN_OR_RETURN(const std::vector<float> course,
                           RespondInSteps(network, set.images, list, progress));
    EVOKE_RETURN_IF_ERROR(
        WriteNpy(out, {set.size(), list.size(), static_cast<size_t>(network.steps())}, course));
    return WriteCsv(out + ".images.csv", {}, set);
  }
  EVOKE_ASSIGN_OR_RETURN(const Responses responses,
                         RespondAll(network, set.images, list, progress));
  if (!as_npy()) return WriteCsv(out, responses, set);
  EVOKE_RETURN_IF_ERROR(WriteNpy(out, {set.size(), list.size()}, responses.counts));
  return WriteCsv(out + ".images.csv", {}, set);
}

absl::Status RespondCommand::WriteLayer(const Network& network, const LabelledImages& set,
                                        const std::string& name) const {
  EVOKE_ASSIGN_OR_RETURN(const int layer, FindLayer(network.layers(), name));
  EVOKE_ASSIGN_OR_RETURN(const Responses responses,
                         RespondLayer(network, set.images, layer, CountOnTerminal(set.size())));
  if (!as_npy()) return WriteCsv(PathOf(name), responses, set);
  const NetworkLayer& shape = network.layers()[layer];
  EVOKE_RETURN_IF_ERROR(WriteNpy(PathOf(name),
                                 {set.size(), static_cast<size_t>(shape.channels),
                                  static_cast<size_t>(shape.rows), static_cast<size_t>(shape.cols)},
                                 responses.counts));
  return WriteCsv(out + ".images.csv", {}, set);
}

absl::Status RespondCommand::WriteNpy(const std::string& path, const std::vector<size_t>& shape,
                                      const std::vector<float>& values) const {
  EVOKE_RETURN_IF_ERROR(WriteFileAtomically(path, NpyBytes(shape, values)));
  std::cout << path << "\n" << std::flush;
  return absl::OkStatus();
}

absl::Status RespondCommand::WriteCsv(const std::string& path, const Responses& responses,
                                      const LabelledImages& set) const {
  EVOKE_RETURN_IF_ERROR(
      WriteFileAtomically(path, ResponseTable(responses, set.names, ClassesOf(set))));
  std::cout << path << "\n" << std::flush;
  return absl::OkStatus();
}

}  // namespace evoke
