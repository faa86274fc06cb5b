// `evoke-sim --emulate`: a rig without hardware.
#ifndef EVOKE_SIM_BACKEND_EMULATE_COMMAND_H_
#define EVOKE_SIM_BACKEND_EMULATE_COMMAND_H_

#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "clients/api/channel.h"
#include "sim_backend/backend/simulated_neurons.h"

namespace evoke {

struct EmulateCommand {
  std::string program;  // open-ephys, intan-rhx; empty: no emulation
  std::vector<std::string> units = {"conv3/37@3,3", "conv3/37@4,4", "conv3/11@4,4", "conv3/20@4,4",
                                    "conv2/5@8,8",  "conv2/17@8,8", "class/0",      "class/3"};
  std::string plugin = "zmq-interface";
  std::string format = "json";
  int port = -1;  // -1: the program's own
  int http_port = 37497;
  double delay_ms = 10;
  double jitter_ms = 0;
  double lag_ms = 1200;
  double drift_ppm = 0;
  double hash_hz = 2;
  bool ordered = false;
  std::vector<double> receptive_field;  // x, y, size

  void AddTo(CLI::App* app);
  // Observes the server's presentations as clients/{name} until Ctrl-C. `network` answers for the
  // units; used by this thread alone.
  absl::Status Run(const Connection& server, const std::string& name, const std::string& experiment,
                   const Network& network, SimulatedNeurons* neurons) const;
};

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_EMULATE_COMMAND_H_
