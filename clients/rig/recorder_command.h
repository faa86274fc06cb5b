// Which rig, and how it is reached: the options that all commands of evoke-rig share.
#ifndef EVOKE_CLIENTS_RIG_RECORDER_COMMAND_H_
#define EVOKE_CLIENTS_RIG_RECORDER_COMMAND_H_

#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "clients/recorder/recorder.h"
#include "common/clock.h"

namespace evoke {

struct RecorderCommand {
  std::string adapter;  // open-ephys, intan-rhx or replay
  std::string host = "127.0.0.1";
  int port = 0;
  int http_port = 37497;
  std::string plugin = "zmq-interface";
  std::string stream;
  std::vector<std::string> channels;
  int stimulus_line = -1;
  int sync_code_line = -1;
  double sample_rate_hz = 0;
  double reorder_ms = 50;
  bool start = false;
  std::string capture;
  double speed = 1;
  bool as_captured = false;

  void AddTo(CLI::App* app);
  // INVALID_ARGUMENT naming an option that does not fit the adapter. `clock` must outlive the
  // recorder.
  absl::StatusOr<std::unique_ptr<Recorder>> Make(const Clock* clock) const;
};

// Reads until the sample rate is known, and for a moment more if no channel is. The channels and
// faults so far; spikes and edges of that time are dropped. FAILED_PRECONDITION with the recorder's
// trouble if the rate is not known in time, CANCELLED on Ctrl-C.
absl::StatusOr<RigData> AwaitFirstData(Recorder& recorder, const Clock& clock);

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RIG_RECORDER_COMMAND_H_
