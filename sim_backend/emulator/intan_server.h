// An emulated rig that is recorded with Intan RHX.
#ifndef EVOKE_SIM_BACKEND_EMULATOR_INTAN_SERVER_H_
#define EVOKE_SIM_BACKEND_EMULATOR_INTAN_SERVER_H_

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "clients/recorder/intan/intan_program.h"
#include "clients/recorder/intan/intan_wire.h"
#include "sim_backend/emulator/rig_server.h"

namespace evoke {

struct IntanServerOptions {
  RigServerOptions rig = {.sample_rate_hz = 20000};
  // 0: any free one.
  int command_port = 5000;
  int waveform_port = 5001;
  int spike_port = 5002;
  bool running = false;  // Run is pressed already; else a client has to
};

// Channels are A-000 .. A-127, B-000 .. and so on. As RHX does, it sends what its client enabled, a
// number of blocks at once, and its samples begin at 0 with every run. With `unordered` a part of a
// write's spikes comes before its waveform, a part after it and a part only before the next write,
// all in pieces of any size: as far as RHX may go. One thread calls acquiring() and Send().
class IntanServer final : public RigServer {
 public:
  explicit IntanServer(IntanServerOptions options);

  absl::Status Start() override { return program_.Start(); }
  bool acquiring() const override;
  int acquisition() const override;
  int block_samples() const override { return kIntanBlockSamples; }
  void Send(const EmulatedBlock& block) override;
  std::string Describe() const override;

  // For tests: the operator's buttons, and cuts of the network.
  IntanProgram& program() { return program_; }

 private:
  void BeginRun(int run, int64_t first_sample);
  void TakeWords(const EmulatedBlock& block);
  void Write(bool send_waveform);
  void SendInPieces(IntanOutput output, absl::string_view bytes) const;
  void SendLate() const;
  // The first part of `spikes`, cut at a record: some of them, or none, or all.
  absl::string_view TakePart(absl::string_view* spikes);

  const IntanServerOptions options_;
  const std::vector<std::string> channels_;
  mutable IntanProgram program_;
  mutable std::mt19937_64 random_;

  int run_ = 0;
  int64_t first_sample_ = 0;  // of the run, of the emulated clock
  int64_t next_sample_ = 0;   // of the run
  uint16_t word_ = 0;
  IntanDigitalBlock block_;
  int block_fill_ = 0;
  std::string waveform_;  // of the write that is being gathered
  int waveform_blocks_ = 0;
  std::vector<EmulatedSpike> spikes_;
  // Spike records that wait for the next write, or for acquiring() to notice the end of the run.
  mutable std::string late_;
};

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_EMULATOR_INTAN_SERVER_H_
