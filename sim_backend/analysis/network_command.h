// The options with which every subcommand of evoke-sim names its network and its neurons.
#ifndef EVOKE_SIM_BACKEND_ANALYSIS_NETWORK_COMMAND_H_
#define EVOKE_SIM_BACKEND_ANALYSIS_NETWORK_COMMAND_H_

#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "sim_backend/backend/simulated_neurons.h"
#include "sim_backend/networks/network.h"

namespace evoke {

// One object may be added to a program and to its subcommands: the option counts wherever it is
// given.
struct NetworkCommand {
  std::string model_dir = "deploy/models";
  std::string model = "snn-cifar10";
  NetworkOptions options;

  void AddTo(CLI::App* app);
  absl::StatusOr<std::unique_ptr<Network>> Load() const;
};

struct NeuronCommand {
  NeuronOptions options;
  double latency_ms = 50;

  void AddTo(CLI::App* app);
  // The options; INVALID_ARGUMENT names the one that is out of range.
  absl::StatusOr<NeuronOptions> Options() const;
};

// "noise: poisson, latency 50ms, ...": for people and for records.
std::string Describe(const NeuronOptions& options);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_ANALYSIS_NETWORK_COMMAND_H_
