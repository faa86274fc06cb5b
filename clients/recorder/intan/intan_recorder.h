// Intan RHX as a recording rig: RHX detects and sorts the spikes, its digital inputs carry the
// stimulus line.
#ifndef EVOKE_CLIENTS_RECORDER_INTAN_INTAN_RECORDER_H_
#define EVOKE_CLIENTS_RECORDER_INTAN_INTAN_RECORDER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "clients/recorder/intan/intan_command.h"
#include "clients/recorder/intan/intan_setup.h"
#include "clients/recorder/intan/intan_timeline.h"
#include "clients/recorder/intan/intan_wire.h"
#include "clients/recorder/intan/tcp_socket.h"
#include "clients/recorder/recorder.h"
#include "common/backoff.h"

namespace evoke {

struct IntanRecorderOptions {
  std::string host = "127.0.0.1";
  int command_port = 5000;  // those of the data are RHX's to say
  // Native names, like "A-003". Empty: all amplifier channels that are enabled in RHX.
  std::vector<std::string> channels;
  int stimulus_line = 1;  // the number of the DIGITAL-IN, 1 .. 16
  // The bit of the digital word (0: DIGITAL-IN-01) where 8 lines of sync code begin; -1: no such
  // lines.
  int sync_code_shift = -1;
  // Press Run if RHX is stopped; Stop() then stops it.
  bool start_acquisition = false;
  // Blocks of 128 samples that RHX is asked to write at once, if it is stopped: fewer bring spikes
  // earlier and cost RHX more. Its default, 10, is 64 ms at 20 kS/s.
  int blocks_per_write = 2;

  absl::Status Validate() const;
};

// The digital words are the heartbeat: without them for half a second something is wrong, which
// silent spikes are not. Connections of the data that break are made again; RHX loses what it
// would have sent meanwhile. The command connection is needed for that only: data flow without it.
class IntanRecorder final : public Recorder {
 public:
  explicit IntanRecorder(IntanRecorderOptions options);
  ~IntanRecorder() override;

  absl::StatusOr<RigInfo> Start() override;
  absl::Status Read(absl::Duration timeout, RigData* data) override;
  absl::Status Stop() override;
  void Wake() override;
  double sample_rate_hz() const override { return rig_.sample_rate_hz; }
  // Asks RHX, channel by channel.
  std::vector<double> thresholds_uv() override;

 private:
  // One of the two data outputs.
  struct Stream {
    IntanOutput output;
    TcpSocket socket = {};
    Backoff backoff = Backoff();
    int64_t retry_nanos = 0;
    std::string why = {};  // it could not be connected again
  };

  absl::Status Configure();
  void Disconnect();
  // Waits until something arrives or is to be done, at most until then. True: woken by Wake().
  bool Wait(int64_t until_nanos);
  // Takes in what arrived.
  void Receive();
  bool ReceiveWaveform();  // true: nothing is left to read
  bool ReceiveSpikes();
  void Drop(Stream& stream);
  // Connects again what is down and due.
  void Repair();
  absl::Status Reconnect(Stream& stream);
  // Finds out why no waveform comes, if none does.
  void CheckHeartbeat();
  std::string TroubleNow() const;

  const IntanRecorderOptions options_;
  TcpSocket wake_;  // an eventfd
  IntanCommandClient command_;
  IntanRig rig_;
  std::vector<std::string> channels_;
  bool started_acquisition_ = false;
  int command_connections_ = 0;  // when the settings were last known to be ours

  Stream spikes_{.output = IntanOutput::kSpikes};
  Stream waveform_{.output = IntanOutput::kWaveform};
  IntanSpikeParser spike_parser_;
  IntanDigitalParser digital_parser_;
  std::vector<IntanSpike> spike_buffer_;
  std::vector<IntanDigitalBlock> block_buffer_;
  std::vector<char> buffer_;
  bool unread_spikes_ = false;  // more were there than one Read() takes
  std::optional<IntanTimeline> timeline_;

  int64_t heartbeat_nanos_ = 0;  // the last waveform block, or Start()
  int64_t asked_nanos_ = 0;      // when RHX was last asked why it is silent
  bool silent_ = false;
  bool stopped_ = false;  // RHX said so
  std::string silent_why_;
  int64_t complete_before_ = 0;  // as last told, and the trouble
  std::string told_trouble_;
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RECORDER_INTAN_INTAN_RECORDER_H_
