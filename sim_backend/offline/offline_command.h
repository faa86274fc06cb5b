// `evoke-sim offline`: experiments without a server, in one process.
#ifndef EVOKE_SIM_BACKEND_OFFLINE_OFFLINE_COMMAND_H_
#define EVOKE_SIM_BACKEND_OFFLINE_OFFLINE_COMMAND_H_

#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "evoke/v1/experiment.pb.h"
#include "sim_backend/analysis/network_command.h"

namespace evoke {

struct OfflineCommand {
  std::string spec;
  std::string name;
  std::string units;
  std::string ledger = "evoke.db";
  bool in_memory = false;
  std::string out;
  std::string references = "deploy/references";
  std::string earlier;
  int threads = 0;  // experiments at a time; 0: one for each core
  int batch = 64;

  // `network` and `neurons` hold what the shared options say.
  CLI::App* AddTo(CLI::App& app, NetworkCommand& network, NeuronCommand& neurons);
  // Runs them to their end or to Ctrl-C, showing how far they are. ABORTED, already said, if one of
  // them did not succeed; other errors if they could not be begun.
  absl::Status Run(const NetworkCommand& network, const NeuronCommand& neurons) const;

 private:
  // --name, or else the specification's own name, or else that of its file. INVALID_ARGUMENT if
  // that makes no id.
  absl::StatusOr<std::string> BaseId(const v1::Experiment& specification) const;
};

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_OFFLINE_OFFLINE_COMMAND_H_
