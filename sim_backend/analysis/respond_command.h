// `evoke-sim respond`: images in, spike counts out.
#ifndef EVOKE_SIM_BACKEND_ANALYSIS_RESPOND_COMMAND_H_
#define EVOKE_SIM_BACKEND_ANALYSIS_RESPOND_COMMAND_H_

#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sim_backend/analysis/images_command.h"
#include "sim_backend/analysis/network_command.h"

namespace evoke {

struct RespondCommand {
  ImagesCommand images;
  std::string units;
  std::vector<std::string> layers;
  bool in_steps = false;
  std::string out;

  CLI::App* AddTo(CLI::App& app, NetworkCommand& network);
  absl::Status Run(const NetworkCommand& network) const;

 private:
  bool as_npy() const;
  // The file of one layer: the name itself, or with the layer before the ending if there are more.
  std::string PathOf(const std::string& layer) const;
  absl::Status WriteUnits(const Network& network, const LabelledImages& set) const;
  absl::Status WriteLayer(const Network& network, const LabelledImages& set,
                          const std::string& layer) const;
  absl::Status WriteNpy(const std::string& path, const std::vector<size_t>& shape,
                        const std::vector<float>& values) const;
  absl::Status WriteCsv(const std::string& path, const Responses& responses,
                        const LabelledImages& set) const;
};

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_ANALYSIS_RESPOND_COMMAND_H_
