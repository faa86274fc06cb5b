#include "sim_backend/analysis/top_command.h"

#include <iostream>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clients/control/atomic_file.h"
#include "common/figure/image_file.h"
#include "common/status_macros.h"
#include "sim_backend/analysis/top_images.h"
#include "sim_backend/analysis/unit_list.h"

namespace evoke {

CLI::App* TopCommand::AddTo(CLI::App& app, NetworkCommand& network) {
  CLI::App* command =
      app.add_subcommand("top", "The images that drive each unit hardest: a sheet for each");
  images.AddTo(command);
  command->add_option("--units", units, "Units: conv3/0-127,conv2/17@4,4,class")->required();
  command->add_option("--count", count, "Images for each unit")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("-o,--out", out, "Folder for UNIT.png and top.csv; made if it is missing")
      ->required();
  network.AddTo(command);
  return command;
}

absl::Status TopCommand::Run(const NetworkCommand& network_command) const {
  EVOKE_ASSIGN_OR_RETURN(const std::unique_ptr<Network> network, network_command.Load());
  EVOKE_ASSIGN_OR_RETURN(const std::vector<NamedUnit> list,
                         ParseUnitList(network->layers(), units));
  EVOKE_ASSIGN_OR_RETURN(const LabelledImages set, images.Load(*network));
  EVOKE_RETURN_IF_ERROR(MakeFolder(out));
  EVOKE_ASSIGN_OR_RETURN(const Responses responses,
                         RespondAll(*network, set.images, list, CountOnTerminal(set.size())));
  for (size_t column = 0; column < list.size(); ++column) {
    EVOKE_ASSIGN_OR_RETURN(const Image sheet, DrawTopImages(responses, column, set, count));
    EVOKE_RETURN_IF_ERROR(
        WritePng(absl::StrCat(out, "/", FileNameOfUnit(list[column].name), ".png"), sheet));
  }
  EVOKE_RETURN_IF_ERROR(
      WriteFileAtomically(absl::StrCat(out, "/top.csv"), TopImagesTable(responses, set, count)));
  std::cout << out << ": " << list.size() << " sheets and top.csv\n" << std::flush;
  return absl::OkStatus();
}

}  // namespace evoke
