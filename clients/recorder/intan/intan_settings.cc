#include "clients/recorder/intan/intan_settings.h"

#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

namespace evoke {
namespace {

constexpr char kUnknownParameter[] = "Unrecognized parameter";
constexpr int kDigitalInputs = 16;
constexpr int kAnalogInputs = 8;

using Status = IntanOutputState::Status;

absl::string_view TextOf(Status status) {
  switch (status) {
    case Status::kPending:
      return "Pending";
    case Status::kConnected:
      return "Connected";
    default:
      return "Disconnected";
  }
}

std::string Key(absl::string_view channel, absl::string_view item) {
  return absl::AsciiStrToLower(absl::StrCat(channel, ".", item));
}

std::string Answer(absl::string_view name, absl::string_view value) {
  return absl::StrCat("Return: ", name, " ", value);
}

}  // namespace

void IntanSettings::SetChannels(const std::vector<std::string>& channels) {
  const auto add = [&](const std::string& channel, const std::string& name, std::string value) {
    items_[Key(channel, name)] = {name, std::move(value)};
  };
  for (const std::string& channel : channels) {
    add(channel, "Enabled", "True");
    add(channel, "SpikeThresholdMicroVolts", "-70");
    for (const char* band : {"", "Low", "High", "Spike"}) {
      add(channel, absl::StrCat("TCPDataOutputEnabled", band), "False");
    }
    const int port = absl::ascii_toupper(channel[0]) - 'A';
    if (port >= 0 && port < 26) ++port_channels_[port];
  }
  for (int i = 1; i <= kDigitalInputs; ++i) {
    add(absl::StrFormat("digital-in-%02d", i), "TCPDataOutputEnabled", "False");
  }
  for (int i = 1; i <= kAnalogInputs; ++i) {
    add(absl::StrCat("analog-in-", i), "TCPDataOutputEnabled", "False");
  }
}

void IntanSettings::SetRunMode(absl::string_view mode) {
  const bool was_running = running();
  run_mode_ = std::string(mode);
  if (running() && !was_running) ++runs;
  current_timestamp = -1;
}

bool IntanSettings::spikes_enabled(absl::string_view channel) const {
  const auto it = items_.find(Key(channel, "TCPDataOutputEnabledSpike"));
  return it != items_.end() && it->second.value == "True";
}

bool IntanSettings::digital_enabled() const {
  for (int i = 1; i <= kDigitalInputs; ++i) {
    const auto it = items_.find(absl::StrFormat("digital-in-%02d.tcpdataoutputenabled", i));
    if (it != items_.end() && it->second.value == "True") return true;
  }
  return false;
}

std::string IntanSettings::Handle(absl::string_view text) {
  std::string answer;
  int number = 0;
  for (absl::string_view command : absl::StrSplit(text, ';')) {
    ++number;
    command = absl::StripAsciiWhitespace(command);
    if (command.empty()) continue;
    const std::vector<std::string> words = absl::StrSplit(command, ' ', absl::SkipEmpty());
    const std::string verb = absl::AsciiStrToLower(words[0]);
    const auto wrong = [&](absl::string_view why) {
      absl::StrAppend(&answer, "Error - Command ", number, ": ", why);
    };
    if (verb == "get" && words.size() == 2) {
      absl::StrAppend(&answer, Get(absl::AsciiStrToLower(words[1])));
    } else if (verb == "get") {
      wrong("Get commands require a parameter");
    } else if (verb == "set" && words.size() == 3) {
      absl::StrAppend(&answer, Set(absl::AsciiStrToLower(words[1]), words[2]));
    } else if (verb == "set") {
      wrong("Set commands require a parameter and a value");
    } else if (verb == "execute" && words.size() == 2) {
      absl::StrAppend(&answer, Execute(absl::AsciiStrToLower(words[1])));
    } else if (verb == "execute") {
      wrong("Execute commands require an action");
    } else {
      wrong("Unrecognized command");
    }
  }
  return answer;
}

std::string IntanSettings::Get(absl::string_view item) const {
  if (item == "runmode") return Answer("RunMode", run_mode_);
  if (item == "type") return Answer("Type", type);
  if (item == "version") return Answer("Version", version);
  if (item == "sampleratehertz") return Answer("SampleRateHertz", absl::StrCat(sample_rate_hz));
  // The only one without its name.
  if (item == "currenttimestamp") {
    return absl::StrCat("Return: ", running() ? current_timestamp : -1);
  }
  if (item == "tcpnumberdatablocksperwrite") {
    return Answer("TCPNumberDataBlocksPerWrite", absl::StrCat(blocks_per_write));
  }
  for (const IntanOutput output : {IntanOutput::kSpikes, IntanOutput::kWaveform}) {
    const bool spikes = output == IntanOutput::kSpikes;
    const IntanOutputState& state = outputs[static_cast<size_t>(output)];
    const std::string name = spikes ? "TCPSpikeDataOutput" : "TCPWaveformDataOutput";
    const std::string prefix = absl::AsciiStrToLower(name);
    if (item == prefix + "host") return Answer(name + "Host", state.host);
    if (item == prefix + "port") return Answer(name + "Port", absl::StrCat(state.port));
    if (item == prefix + "connectionstatus") {
      return Answer(name + "ConnectionStatus", TextOf(state.status));
    }
  }
  if (item.size() > 2 && item.substr(1) == ".numberamplifierchannels" && item[0] >= 'a' &&
      item[0] <= 'z') {
    // A controller has four ports, or eight; an empty port is answered for, a missing one is not.
    const int channels = port_channels_[item[0] - 'a'];
    if (item[0] <= 'd' || channels > 0) {
      return Answer("NumberAmplifierChannels", absl::StrCat(channels));
    }
  }
  const auto it = items_.find(std::string(item));
  return it == items_.end() ? kUnknownParameter : Answer(it->second.name, it->second.value);
}

std::string IntanSettings::Set(absl::string_view item, absl::string_view value) {
  if (item == "runmode") {
    for (const char* mode : {"Run", "Record", "Trigger", "Stop"}) {
      if (!absl::EqualsIgnoreCase(value, mode)) continue;
      const bool start = !absl::EqualsIgnoreCase(mode, "stop");
      if (start && running()) return "Board must be stopped in order to start running";
      SetRunMode(mode);
      return "";
    }
    return "Invalid value for SetRunMode command";
  }
  if (item == "tcpnumberdatablocksperwrite") {
    if (running()) return "TCPNumberDataBlocksPerWrite cannot be set while controller is running.";
    int blocks;
    if (!absl::SimpleAtoi(value, &blocks) || blocks < 1 || blocks > 100) {
      return "Invalid value for TCPNumberDataBlocksPerWrite command";
    }
    blocks_per_write = blocks;
    return "";
  }
  const auto it = items_.find(std::string(item));
  if (it == items_.end()) return kUnknownParameter;
  if (absl::EqualsIgnoreCase(value, "true")) {
    it->second.value = "True";
  } else if (absl::EqualsIgnoreCase(value, "false")) {
    it->second.value = "False";
  } else {
    it->second.value = std::string(value);
  }
  return "";
}

std::string IntanSettings::Execute(absl::string_view action) {
  if (action == "clearalldataoutputs") {
    for (auto& [key, item] : items_) {
      if (absl::StartsWith(item.name, "TCPDataOutputEnabled")) item.value = "False";
    }
    return "";
  }
  for (const IntanOutput output : {IntanOutput::kSpikes, IntanOutput::kWaveform}) {
    Status& status = outputs[static_cast<size_t>(output)].status;
    if (action == absl::StrCat("connecttcp", NameOf(output), "dataoutput")) {
      if (status == Status::kDisconnected) status = Status::kPending;
      return "";
    }
    if (action == absl::StrCat("disconnecttcp", NameOf(output), "dataoutput")) {
      status = Status::kDisconnected;
      return "";
    }
  }
  return "Unrecognized action";
}

}  // namespace evoke
