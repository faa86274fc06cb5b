#include "clients/rig/recorder_command.h"

#include <filesystem>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clients/recorder/intan/intan_recorder.h"
#include "clients/recorder/open_ephys/open_ephys_recorder.h"
#include "clients/recorder/replay/intan_replay.h"
#include "clients/recorder/replay/open_ephys_replay.h"
#include "common/end_signal.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

constexpr absl::Duration kRateTimeout = absl::Seconds(10);
// An electrode of Open Ephys is known from its first spike on.
constexpr absl::Duration kChannelsTimeout = absl::Seconds(2);

OpenEphysPlugin PluginOf(const std::string& name) {
  return name == "event-broadcaster" ? OpenEphysPlugin::kEventBroadcaster
                                     : OpenEphysPlugin::kZmqInterface;
}

OpenEphysRecorderOptions OpenEphysOptions(const RecorderCommand& command) {
  OpenEphysRecorderOptions options;
  options.plugin = PluginOf(command.plugin);
  options.host = command.host;
  options.port = command.port;
  options.http_port = command.http_port;
  options.stream = command.stream;
  if (command.stimulus_line >= 0) options.stimulus_line = command.stimulus_line;
  options.sync_code_shift = command.sync_code_line;
  options.electrodes = command.channels;
  options.sample_rate_hz = command.sample_rate_hz;
  options.reorder_span = absl::Milliseconds(command.reorder_ms);
  options.start_acquisition = command.start;
  return options;
}

// The file, or the same with .gz.
std::string Existing(const std::string& path) {
  return std::filesystem::exists(path) ? path : path + ".gz";
}

absl::StatusOr<std::unique_ptr<Recorder>> MakeReplay(const RecorderCommand& command,
                                                     const Clock* clock) {
  if (command.capture.empty()) {
    return absl::InvalidArgumentError("--capture: name the capture to be played");
  }
  if (absl::StrContains(command.capture, ".frames")) {
    OpenEphysReplayOptions options;
    options.path = command.capture;
    options.plugin = PluginOf(command.plugin);
    options.speed = command.speed;
    options.as_captured = command.as_captured;
    options.recorder = OpenEphysOptions(command);
    return std::make_unique<OpenEphysReplay>(std::move(options), clock);
  }
  IntanReplayOptions options;
  options.spikes_path = Existing(command.capture + "_spikes.bin");
  options.spikes_log_path = Existing(command.capture + "_spikes.recvlog.csv");
  options.waveform_path = Existing(command.capture + "_digital.bin");
  options.waveform_log_path = Existing(command.capture + "_digital.recvlog.csv");
  options.speed = command.speed;
  if (command.sample_rate_hz > 0) options.sample_rate_hz = command.sample_rate_hz;
  if (command.stimulus_line > 0) options.stimulus_line = command.stimulus_line;
  if (command.sync_code_line > 0) options.sync_code_shift = command.sync_code_line - 1;
  return std::make_unique<IntanReplay>(std::move(options));
}

}  // namespace

void RecorderCommand::AddTo(CLI::App* app) {
  app->add_option("ADAPTER", adapter, "open-ephys, intan-rhx, or replay (plays a capture)")
      ->required()
      ->check(CLI::IsMember({"open-ephys", "intan-rhx", "replay"}));
  app->add_option("--host", host, "Where the recording program runs")->capture_default_str();
  app->add_option("--port", port,
                  "Open Ephys: of the plugin's data (0: 5556 for ZMQ Interface, 5557 for Event "
                  "Broadcaster); RHX: of its commands (0: 5000)")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  app->add_option("--http-port", http_port, "Open Ephys: of its HTTP server; 0: don't use it")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  app->add_option("--plugin", plugin,
                  "Open Ephys: zmq-interface (its messages are numbered: losses are seen) or "
                  "event-broadcaster")
      ->check(CLI::IsMember({"zmq-interface", "event-broadcaster"}))
      ->capture_default_str();
  app->add_option("--stream", stream,
                  "Open Ephys: the data stream by name; the first if not given");
  app->add_option("--channels", channels,
                  "Electrodes by name (\"SE 1,SE 2\" or A-000,A-001). RHX: only these; Open Ephys: "
                  "these are known before their first spike")
      ->delimiter(',');
  app->add_option("--stimulus-line", stimulus_line,
                  "Digital line of the TTL or photodiode: Open Ephys counts from 0 (default 0), "
                  "RHX from 1 (default 1)")
      ->check(CLI::Range(0, 255));
  app->add_option("--sync-code-line", sync_code_line,
                  "First of 8 lines with the low byte of the display's sync code, if they are "
                  "wired")
      ->check(CLI::Range(0, 255));
  app->add_option("--sample-rate", sample_rate_hz,
                  "Where the rig does not tell it (Event Broadcaster's raw binary, replays)");
  app->add_option("--reorder-ms", reorder_ms,
                  "Open Ephys: how late a message may come: two of its processing blocks")
      ->check(CLI::Range(1.0, 5000.0))
      ->capture_default_str();
  app->add_flag("--start", start, "Start the acquisition if it is stopped, and stop it at the end");
  app->add_option("--capture", capture,
                  "replay: a .frames file of Open Ephys, or the common beginning of the names of "
                  "RHX's four files (NAME_spikes.bin, NAME_spikes.recvlog.csv, NAME_digital...)");
  app->add_option("--speed", speed, "replay: 1 as recorded; 0 as fast as it goes")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app->add_flag("--as-captured", as_captured,
                "replay: keep the message numbers of ZMQ Interface, with the capture's holes");
}

absl::StatusOr<std::unique_ptr<Recorder>> RecorderCommand::Make(const Clock* clock) const {
  if (adapter == "replay") return MakeReplay(*this, clock);
  if (!capture.empty()) {
    return absl::InvalidArgumentError("--capture: only for the adapter replay");
  }
  if (adapter == "open-ephys") {
    return std::make_unique<OpenEphysRecorder>(OpenEphysOptions(*this), clock);
  }
  if (stimulus_line == 0 || sync_code_line == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(stimulus_line == 0 ? "--stimulus-line" : "--sync-code-line",
                     ": RHX counts its digital lines from 1, as its panel does; give 1 to 16"));
  }
  IntanRecorderOptions options;
  options.host = host;
  if (port > 0) options.command_port = port;
  options.channels = channels;
  if (stimulus_line >= 0) options.stimulus_line = stimulus_line;
  if (sync_code_line >= 0) options.sync_code_shift = sync_code_line - 1;
  options.start_acquisition = start;
  EVOKE_RETURN_IF_ERROR(options.Validate());
  return std::make_unique<IntanRecorder>(std::move(options));
}

absl::StatusOr<RigData> AwaitFirstData(Recorder& recorder, const Clock& clock) {
  const auto after = [&](absl::Duration d) {
    return clock.MonotonicNanos() + absl::ToInt64Nanoseconds(d);
  };
  const int64_t rate_by = after(kRateTimeout);
  int64_t channels_by = after(kChannelsTimeout);
  RigData first;
  RigData data;
  while (recorder.sample_rate_hz() <= 0 ||
         (first.new_channels.empty() && clock.MonotonicNanos() < channels_by)) {
    const bool rate_was_known = recorder.sample_rate_hz() > 0;
    EVOKE_RETURN_IF_ERROR(recorder.Read(absl::Milliseconds(50), &data));
    first.new_channels.insert(first.new_channels.end(), data.new_channels.begin(),
                              data.new_channels.end());
    // Faults before a restart speak of samples that are no more.
    if (data.clock_restarted) first.faults.clear();
    first.faults.insert(first.faults.end(), data.faults.begin(), data.faults.end());
    first.trouble = data.trouble;
    if (EndAsked()) return absl::CancelledError("interrupted before the rig's first data");
    if (!rate_was_known) channels_by = after(kChannelsTimeout);
    if (recorder.sample_rate_hz() > 0 || clock.MonotonicNanos() < rate_by) continue;
    return absl::FailedPreconditionError(absl::StrCat(
        "the sample rate is not known: ",
        data.trouble.empty() ? "no message tells it; give --sample-rate" : data.trouble));
  }
  return first;
}

}  // namespace evoke
