// The server side of a recording program: what the emulated rig sends, in that program's wire
// format.
#ifndef EVOKE_SIM_BACKEND_EMULATOR_RIG_SERVER_H_
#define EVOKE_SIM_BACKEND_EMULATOR_RIG_SERVER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace evoke {

struct EmulatedSpike {
  int64_t sample = 0;
  int channel = 0;    // index into RigServerOptions::channels
  int sorted_id = 0;  // 0: unsorted
};

// A digital line that changed. Line 0 is the stimulus; lines 8 .. 15 carry the low byte of the sync
// code while it is on.
struct EmulatedEdge {
  int64_t sample = 0;
  bool rising = false;
  uint16_t word = 0;  // all lines after the edge, bit k for line k
};

// One processing block: consecutive blocks are adjacent.
struct EmulatedBlock {
  int64_t first_sample = 0;
  int samples = 0;
  std::vector<EmulatedSpike> spikes;  // ascending by sample
  std::vector<EmulatedEdge> edges;    // ascending by sample
};

struct RigServerOptions {
  std::string host = "127.0.0.1";
  double sample_rate_hz = 30000;
  int channels = 8;
  uint64_t seed = 1;  // of what is random about the order of messages
  // Send blocks late and out of order, as far as the real program does.
  bool unordered = true;
};

// One thread calls Send(); the server may have threads of its own for its control port.
class RigServer {
 public:
  virtual ~RigServer() = default;
  // Binds its ports (0: any free one) and answers control requests. UNAVAILABLE naming the port.
  virtual absl::Status Start() = 0;
  // Whether a client asked for data: the emulated clock stands still otherwise.
  virtual bool acquiring() const = 0;
  // Counts the starts of the acquisition, so that the caller knows of a restart; the first is 1.
  virtual int acquisition() const = 0;
  // Samples of a processing block.
  virtual int block_samples() const = 0;
  virtual void Send(const EmulatedBlock& block) = 0;
  // For a log: the ports, and how an adapter is pointed at them (flags of evoke-rig).
  virtual std::string Describe() const = 0;
};

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_EMULATOR_RIG_SERVER_H_
