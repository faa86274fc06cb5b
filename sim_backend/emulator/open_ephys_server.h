// The Open Ephys GUI, emulated: what a chain of source, Spike Detector and one of the two
// ZeroMQ plugins sends.
#ifndef EVOKE_SIM_BACKEND_EMULATOR_OPEN_EPHYS_SERVER_H_
#define EVOKE_SIM_BACKEND_EMULATOR_OPEN_EPHYS_SERVER_H_

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "clients/recorder/open_ephys/open_ephys_program.h"
#include "clients/recorder/open_ephys/open_ephys_wire.h"
#include "common/random.h"
#include "sim_backend/emulator/rig_server.h"

namespace evoke {

struct OpenEphysServerOptions {
  RigServerOptions rig;
  OpenEphysPlugin plugin = OpenEphysPlugin::kZmqInterface;
  OpenEphysFormat format = OpenEphysFormat::kJson;  // Event Broadcaster's
  int data_port = 0;                                // ports: 0 for any free one
  int heartbeat_port = 0;                           // ZMQ Interface's
  int http_port = 0;
  int continuous_channels = 1;  // that ZMQ Interface sends: its clock
  // Whether someone pressed play already; otherwise a client has to, by HTTP.
  OpenEphysMode mode = OpenEphysMode::kIdle;
  std::string stream = "Emulated-100.probe";
};

// See RigServer. The electrodes are "SE 1", "SE 2", ... Sample numbers go on over acquisitions, as
// File Reader's do; messages are numbered anew. Unordered, electrodes interleave at random, some
// come one block later, and lines come after the spikes of their block.
class OpenEphysServer final : public RigServer {
 public:
  explicit OpenEphysServer(OpenEphysServerOptions options);

  absl::Status Start() override { return program_.Start(); }
  bool acquiring() const override { return program_.mode() != OpenEphysMode::kIdle; }
  int acquisition() const override { return program_.acquisitions(); }
  int block_samples() const override;
  void Send(const EmulatedBlock& block) override;
  std::string Describe() const override;

  // The sockets, for their ports and faults.
  OpenEphysProgram& program() { return program_; }

 private:
  void SendOrdered(const EmulatedBlock& block);
  void SendUnordered(const EmulatedBlock& block);
  void SendSpike(const EmulatedSpike& spike);
  void SendEdge(const EmulatedEdge& edge);
  void SendContinuous(const EmulatedBlock& block);
  void SendNumbered(OpenEphysMessage message);

  const OpenEphysServerOptions options_;
  OpenEphysProgram program_;
  Rng rng_;
  std::string waveform_;                         // of every spike
  std::string noise_;                            // of every continuous block
  std::vector<std::deque<EmulatedSpike>> held_;  // by electrode: spikes that come a block later
  uint16_t word_ = 0;                            // the lines
  int64_t message_num_ = 0;
  int acquisition_ = 0;  // that message_num_ counts in
};

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_EMULATOR_OPEN_EPHYS_SERVER_H_
