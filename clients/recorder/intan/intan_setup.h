// What has to be set in RHX for closed-loop recording, done through its command port.
#ifndef EVOKE_CLIENTS_RECORDER_INTAN_INTAN_SETUP_H_
#define EVOKE_CLIENTS_RECORDER_INTAN_INTAN_SETUP_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "clients/recorder/intan/intan_command.h"
#include "clients/recorder/intan/tcp_socket.h"

namespace evoke {

// RHX's two data outputs.
enum class IntanOutput { kSpikes, kWaveform };
// "spike", "waveform": as in `tcpspikedataoutputport`, and for messages.
absl::string_view NameOf(IntanOutput output);

struct IntanRig {
  std::string type;     // "ControllerRecordUSB3"
  std::string version;  // "3.4.0"
  double sample_rate_hz = 0;
  std::string run_mode;  // "Stop", "Run", "Record", "Trigger"
  bool running() const { return run_mode != "Stop"; }
};

// Errors as those of IntanCommandClient; FAILED_PRECONDITION if the sample rate makes no sense.
absl::StatusOr<IntanRig> AskRig(IntanCommandClient& command);

// The amplifier channels that RHX has, on all its ports, and that are enabled in its window.
// FAILED_PRECONDITION if there are none.
absl::StatusOr<std::vector<std::string>> EnabledChannels(IntanCommandClient& command);

// Switches all TCP outputs off and then on: the spikes of the channels, and the digital inputs,
// which are one word whichever line is asked for. Each is read back.
absl::Status EnableOutputs(IntanCommandClient& command, absl::Span<const std::string> channels,
                           int stimulus_line);
// Has a running RHX take up what EnableOutputs() changed, which it may not do by itself where only
// the digital inputs did: switches the channel off and on again. An output must be connected.
// `write`: the time between two writes; takes six.
absl::Status RefreshOutputs(IntanCommandClient& command, const std::string& channel,
                            absl::Duration write);
// Whether they still are as EnableOutputs() left them: a new RHX has forgotten them.
absl::StatusOr<bool> OutputsEnabled(IntanCommandClient& command,
                                    absl::Span<const std::string> channels, int stimulus_line);

// Blocks that RHX writes at once, which is how late everything arrives: set to `wanted` if RHX is
// stopped, as it is if it runs.
absl::StatusOr<int> ChooseBlocksPerWrite(IntanCommandClient& command, const IntanRig& rig,
                                         int wanted);

// Makes RHX listen for the output, whoever was connected to it, and connects; returns when RHX has
// noticed, for only what it detects from then on is sent. UNAVAILABLE naming host and port.
absl::StatusOr<TcpSocket> ConnectOutput(IntanCommandClient& command, const std::string& host,
                                        IntanOutput output, absl::Duration timeout);

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RECORDER_INTAN_INTAN_SETUP_H_
