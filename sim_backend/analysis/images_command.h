// The options with which subcommands of evoke-sim name images, and their progress.
#ifndef EVOKE_SIM_BACKEND_ANALYSIS_IMAGES_COMMAND_H_
#define EVOKE_SIM_BACKEND_ANALYSIS_IMAGES_COMMAND_H_

#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "sim_backend/analysis/labelled_images.h"
#include "sim_backend/analysis/responses.h"
#include "sim_backend/networks/network.h"

namespace evoke {

struct ImagesCommand {
  ImageRequest request;

  // Adds the required IMAGES, or, for commands that can do without, the option --images.
  void AddTo(CLI::App* command, bool required = true);
  // Of the network's size.
  absl::StatusOr<LabelledImages> Load(const Network& network) const;
};

// Counts images on standard error if that is a terminal; Ctrl-C ends the call that it is given to.
AnswerProgress CountOnTerminal(size_t images);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_ANALYSIS_IMAGES_COMMAND_H_
