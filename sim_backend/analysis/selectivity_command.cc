#include "sim_backend/analysis/selectivity_command.h"

#include <iostream>
#include <map>
#include <memory>
#include <vector>

#include "clients/control/atomic_file.h"
#include "common/figure/image_file.h"
#include "common/status_macros.h"
#include "sim_backend/analysis/unit_list.h"
#include "sim_backend/analysis/unit_profile.h"

namespace evoke {
namespace {

constexpr char kClassLayer[] = "class";

// The class neurons' mean spikes per step; without columns if the network has none.
absl::StatusOr<Responses> ClassOutputs(const Network& network, const LabelledImages& set) {
  const absl::StatusOr<int> layer = FindLayer(network.layers(), kClassLayer);
  if (!layer.ok()) return Responses();
  EVOKE_ASSIGN_OR_RETURN(Responses outputs,
                         RespondLayer(network, set.images, *layer, CountOnTerminal(set.size())));
  for (float& count : outputs.counts) count /= static_cast<float>(network.steps());
  return outputs;
}

}  // namespace

CLI::App* SelectivityCommand::AddTo(CLI::App& app, NetworkCommand& network) {
  CLI::App* command = app.add_subcommand(
      "selectivity", "How selective units are over images, and what they are selective for");
  command->footer(
      "sparseness     lifetime sparseness (Vinje & Gallant 2000): 0 all images alike, 1 one alone\n"
      "class          the class with the highest mean response\n"
      "tuning perpl.  perplexity of the mean responses to the classes, relative: 1/K one class, 1 "
      "all\n"
      "top perpl.     perplexity of the class layer's softmax for the unit's top images, relative\n"
      "               (MANGO, arXiv 2401.10748)\n"
      "top JPEG       bytes of its top images as JPEG files of quality 75: their complexity\n"
      "The CSV file has the entropies, and the activity fraction (Rolls & Tovee 1995), too.");
  images.AddTo(command);
  command->add_option("--units", units, "Units: conv3/0-127,conv2/17@4,4,class")->required();
  command->add_option("--top", top, "How many images count as a unit's top images")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command->add_option("-o,--out", out, "A *.csv file with the numbers in full");
  network.AddTo(command);
  return command;
}

absl::Status SelectivityCommand::Run(const NetworkCommand& network_command) const {
  EVOKE_ASSIGN_OR_RETURN(const std::unique_ptr<Network> network, network_command.Load());
  EVOKE_ASSIGN_OR_RETURN(const std::vector<NamedUnit> list,
                         ParseUnitList(network->layers(), units));
  EVOKE_ASSIGN_OR_RETURN(const LabelledImages set, images.Load(*network));
  EVOKE_ASSIGN_OR_RETURN(const Responses responses,
                         RespondAll(*network, set.images, list, CountOnTerminal(set.size())));
  EVOKE_ASSIGN_OR_RETURN(const Responses outputs, ClassOutputs(*network, set));
  // Several units prefer the same image.
  std::map<size_t, double> known;
  ProfileOptions options;
  options.top = static_cast<size_t>(top);
  options.jpeg_bytes = [&](size_t image) -> absl::StatusOr<double> {
    if (const auto it = known.find(image); it != known.end()) return it->second;
    EVOKE_ASSIGN_OR_RETURN(const std::string file, EncodeJpeg(set.images[image]));
    return known[image] = static_cast<double>(file.size());
  };
  EVOKE_ASSIGN_OR_RETURN(const std::vector<UnitProfile> profiles,
                         ProfileUnits(responses, set, outputs, options));
  if (!out.empty()) EVOKE_RETURN_IF_ERROR(WriteFileAtomically(out, ProfileCsv(profiles)));
  std::cout << ProfileTable(profiles) << std::flush;
  return absl::OkStatus();
}

}  // namespace evoke
