#include "clients/recorder/intan/intan_setup.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/recorder/intan/intan_wire.h"
#include "common/status_macros.h"
#include "spdlog/spdlog.h"

namespace evoke {
namespace {

constexpr absl::string_view kPorts = "ABCDEFGH";  // four or eight, or fewer, by the controller
constexpr int kReceiveBufferBytes = 4 << 20;      // 20 s of digital words at 30 kS/s
constexpr absl::Duration kStatusInterval = absl::Milliseconds(10);
constexpr int kWritesToNotice = 3;  // RHX looks at its settings between two writes

std::string SpikeItem(absl::string_view channel) {
  return absl::StrCat(absl::AsciiStrToLower(channel), ".tcpdataoutputenabledspike");
}
std::string DigitalItem(int line) {
  return absl::StrFormat("digital-in-%02d.tcpdataoutputenabled", line);
}
std::string OutputItem(IntanOutput output, absl::string_view what) {
  return absl::StrCat("tcp", NameOf(output), "dataoutput", what);
}

absl::StatusOr<bool> IsTrue(IntanCommandClient& command, absl::string_view item) {
  EVOKE_ASSIGN_OR_RETURN(const std::string value, command.Get(item));
  return absl::EqualsIgnoreCase(value, "true");
}

absl::Status NoSuchChannel(const absl::Status& status, absl::string_view channel) {
  if (!absl::IsInvalidArgument(status)) return status;
  return absl::FailedPreconditionError(
      absl::StrCat("RHX has no amplifier channel ", channel, ": give the native name of one that ",
                   "is connected, like A-003 (", status.message(), ")"));
}

}  // namespace

absl::string_view NameOf(IntanOutput output) {
  return output == IntanOutput::kSpikes ? "spike" : "waveform";
}

absl::StatusOr<IntanRig> AskRig(IntanCommandClient& command) {
  IntanRig rig;
  EVOKE_ASSIGN_OR_RETURN(rig.type, command.Get("type"));
  EVOKE_ASSIGN_OR_RETURN(rig.version, command.Get("version"));
  EVOKE_ASSIGN_OR_RETURN(const std::string rate, command.Get("sampleratehertz"));
  EVOKE_ASSIGN_OR_RETURN(rig.run_mode, command.Get("runmode"));
  if (!absl::SimpleAtod(rate, &rig.sample_rate_hz) || !(rig.sample_rate_hz > 0)) {
    return absl::FailedPreconditionError(
        absl::StrCat("RHX says that its sample rate is \"", rate, "\": is this RHX 3?"));
  }
  return rig;
}

absl::StatusOr<std::vector<std::string>> EnabledChannels(IntanCommandClient& command) {
  std::vector<std::string> channels;
  for (const char port : kPorts) {
    const absl::StatusOr<int> count = command.GetNumber(
        absl::StrCat(std::string(1, absl::ascii_tolower(port)), ".numberamplifierchannels"));
    // A controller without the port says "Unrecognized parameter".
    if (absl::IsInvalidArgument(count.status())) continue;
    if (!count.ok()) return count.status();
    for (int i = 0; i < *count; ++i) {
      std::string channel = absl::StrFormat("%c-%03d", port, i);
      EVOKE_ASSIGN_OR_RETURN(
          const bool enabled,
          IsTrue(command, absl::StrCat(absl::AsciiStrToLower(channel), ".enabled")));
      if (enabled) channels.push_back(std::move(channel));
    }
  }
  if (channels.empty()) {
    return absl::FailedPreconditionError(
        "RHX has no enabled amplifier channel: connect a headstage and rescan the ports");
  }
  return channels;
}

absl::Status EnableOutputs(IntanCommandClient& command, absl::Span<const std::string> channels,
                           int stimulus_line) {
  EVOKE_RETURN_IF_ERROR(command.Execute("clearalldataoutputs"));
  // The word first: a running RHX looks at what is enabled when an amplifier channel changed, and
  // at that only.
  EVOKE_RETURN_IF_ERROR(command.Set(DigitalItem(stimulus_line), "true"));
  for (const std::string& channel : channels) {
    EVOKE_RETURN_IF_ERROR(NoSuchChannel(command.Set(SpikeItem(channel), "true"), channel));
  }
  return absl::OkStatus();
}

absl::Status RefreshOutputs(IntanCommandClient& command, const std::string& channel,
                            absl::Duration write) {
  for (const char* value : {"false", "true"}) {
    EVOKE_RETURN_IF_ERROR(command.Set(SpikeItem(channel), value));
    absl::SleepFor(kWritesToNotice * write);
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> OutputsEnabled(IntanCommandClient& command,
                                    absl::Span<const std::string> channels, int stimulus_line) {
  EVOKE_ASSIGN_OR_RETURN(bool enabled, IsTrue(command, DigitalItem(stimulus_line)));
  for (const std::string& channel : channels) {
    if (!enabled) break;
    EVOKE_ASSIGN_OR_RETURN(enabled, IsTrue(command, SpikeItem(channel)));
  }
  return enabled;
}

absl::StatusOr<int> ChooseBlocksPerWrite(IntanCommandClient& command, const IntanRig& rig,
                                         int wanted) {
  if (!rig.running()) {
    EVOKE_RETURN_IF_ERROR(command.Set("tcpnumberdatablocksperwrite", absl::StrCat(wanted)));
    return wanted;
  }
  EVOKE_ASSIGN_OR_RETURN(const int blocks, command.GetNumber("tcpnumberdatablocksperwrite"));
  if (blocks > wanted) {
    spdlog::warn(
        "RHX runs with {} data blocks per TCP write, so responses are {:.0f} ms late: stop RHX "
        "and start again to have {} set",
        blocks, 1e3 * blocks * kIntanBlockSamples / rig.sample_rate_hz, wanted);
  }
  return blocks;
}

absl::StatusOr<TcpSocket> ConnectOutput(IntanCommandClient& command, const std::string& host,
                                        IntanOutput output, absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  // RHX may not have noticed that an earlier client, perhaps we, has gone.
  EVOKE_ASSIGN_OR_RETURN(std::string status, command.Get(OutputItem(output, "connectionstatus")));
  if (!absl::EqualsIgnoreCase(status, "disconnected")) {
    EVOKE_RETURN_IF_ERROR(
        command.Execute(absl::StrCat("disconnecttcp", NameOf(output), "dataoutput")));
  }
  EVOKE_RETURN_IF_ERROR(command.Execute(absl::StrCat("connecttcp", NameOf(output), "dataoutput")));
  EVOKE_ASSIGN_OR_RETURN(const int port, command.GetNumber(OutputItem(output, "port")));
  absl::StatusOr<TcpSocket> socket = ConnectTcp(host, port, timeout, kReceiveBufferBytes);
  if (!socket.ok()) {
    return absl::UnavailableError(absl::StrCat(
        "RHX's ", NameOf(output), " output is not listening on ", host, ":", port, " (",
        socket.status().message(), "): in RHX open Network > Remote TCP Control > Data Output and ",
        "check its host and port"));
  }
  // A connection is made by the system before RHX accepts it.
  do {
    EVOKE_ASSIGN_OR_RETURN(status, command.Get(OutputItem(output, "connectionstatus")));
    if (absl::EqualsIgnoreCase(status, "connected")) return socket;
    if (WaitReadable(socket->fd(), kStatusInterval)) {
      // Data, or its end: RHX has noticed either way.
      EVOKE_ASSIGN_OR_RETURN(status, command.Get(OutputItem(output, "connectionstatus")));
      if (absl::EqualsIgnoreCase(status, "connected")) return socket;
      break;
    }
  } while (absl::Now() < deadline);
  return absl::UnavailableError(absl::StrCat("RHX does not accept the connection of its ",
                                             NameOf(output), " output on ", host, ":", port,
                                             ": it says ", status));
}

}  // namespace evoke
