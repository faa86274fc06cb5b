#include "sim_backend/emulate_command.h"

#include <memory>
#include <thread>
#include <utility>

#include "clients/api/response_client.h"
#include "common/clock.h"
#include "common/end_signal.h"
#include "common/resource_name.h"
#include "common/status_macros.h"
#include "sim_backend/emulator/intan_server.h"
#include "sim_backend/emulator/open_ephys_server.h"
#include "sim_backend/emulator/rig_emulator.h"
#include "spdlog/spdlog.h"

namespace evoke {
namespace {

constexpr int kMostPresentations = 16;

std::unique_ptr<RigServer> MakeServer(const EmulateCommand& command, const RigServerOptions& rig) {
  if (command.program == "intan-rhx") {
    IntanServerOptions options;
    options.rig = rig;
    if (command.port >= 0) {
      options.command_port = command.port;
      options.waveform_port = command.port == 0 ? 0 : command.port + 1;
      options.spike_port = command.port == 0 ? 0 : command.port + 2;
    }
    return std::make_unique<IntanServer>(options);
  }
  OpenEphysServerOptions options;
  options.rig = rig;
  const bool broadcaster = command.plugin == "event-broadcaster";
  options.plugin =
      broadcaster ? OpenEphysPlugin::kEventBroadcaster : OpenEphysPlugin::kZmqInterface;
  options.format = command.format == "binary" ? OpenEphysFormat::kBinary : OpenEphysFormat::kJson;
  options.data_port = command.port >= 0 ? command.port : broadcaster ? 5557 : 5556;
  options.heartbeat_port = options.data_port == 0 ? 0 : options.data_port + 1;
  options.http_port = command.http_port;
  return std::make_unique<OpenEphysServer>(options);
}

}  // namespace

void EmulateCommand::AddTo(CLI::App* app) {
  CLI::Option* emulate =
      app->add_option(
             "--emulate", program,
             "Be a recording rig instead of answering the server: speak the wire format of "
             "open-ephys or intan-rhx, for evoke-rig")
          ->check(CLI::IsMember({"open-ephys", "intan-rhx"}));
  const auto add = [&](CLI::Option* option) { option->needs(emulate)->group("Emulated rig"); };
  add(app->add_option("--electrodes", units,
                      "The network's unit on each electrode, as sorted unit 1")
          ->delimiter(';')
          ->capture_default_str());
  add(app->add_option("--plugin", plugin, "Open Ephys: zmq-interface or event-broadcaster")
          ->check(CLI::IsMember({"zmq-interface", "event-broadcaster"}))
          ->capture_default_str());
  add(app->add_option("--format", format, "Event Broadcaster's: json or binary")
          ->check(CLI::IsMember({"json", "binary"}))
          ->capture_default_str());
  add(app->add_option("--port", port,
                      "Open Ephys: of the data; RHX: of the commands, data on the next two; 0: any "
                      "free one; the program's own if not given")
          ->check(CLI::Range(0, 65533)));
  add(app->add_option("--http-port", http_port, "Open Ephys' control; 0: any free one")
          ->check(CLI::Range(0, 65535))
          ->capture_default_str());
  add(app->add_option("--line-delay-ms", delay_ms, "From the display's onset to the line's edge")
          ->capture_default_str());
  add(app->add_option("--line-jitter-ms", jitter_ms, "Of that delay, uniform in +- this")
          ->capture_default_str());
  add(app->add_option("--lag-ms", lag_ms, "How far the sample clock runs behind")
          ->capture_default_str());
  add(app->add_option("--drift-ppm", drift_ppm, "Of the sample clock")->capture_default_str());
  add(app->add_option("--hash-hz", hash_hz, "Unsorted crossings of each electrode, spikes/s")
          ->capture_default_str());
  add(app->add_flag("--ordered", ordered, "Send everything in order and in time, as no rig does"));
  add(app->add_option("--receptive-field", receptive_field,
                      "X Y SIZE in the stimulus' unit: what the neurons see of the screen")
          ->expected(3));
}

absl::Status EmulateCommand::Run(const Connection& server, const std::string& name,
                                 const std::string& experiment, const Network& network,
                                 SimulatedNeurons* neurons) const {
  RigEmulatorOptions options;
  options.units = units;
  options.hash_hz = hash_hz;
  options.delay = absl::Milliseconds(delay_ms);
  options.jitter = absl::Milliseconds(jitter_ms);
  options.lag = absl::Milliseconds(lag_ms);
  options.drift_ppm = drift_ppm;
  options.sample_rate_hz = program == "intan-rhx" ? 20000 : 30000;
  if (!receptive_field.empty()) {
    options.receptive_field = {receptive_field[0], receptive_field[1], receptive_field[2]};
  }
  EVOKE_RETURN_IF_ERROR(options.Validate());
  for (const std::string& unit : units) {
    EVOKE_RETURN_IF_ERROR(ParseUnit(network.layers(), unit).status());
  }
  RigServerOptions rig;
  rig.sample_rate_hz = options.sample_rate_hz;
  rig.channels = static_cast<int>(units.size());
  rig.unordered = !ordered;
  const std::unique_ptr<RigServer> program_server = MakeServer(*this, rig);
  EVOKE_RETURN_IF_ERROR(program_server->Start());
  spdlog::info("{}", program_server->Describe());

  const auto clock = NewSystemClock();
  RigEmulator emulator(options, neurons, program_server.get(), clock.get());
  v1::Client client;
  client.set_name(ClientName(name));
  client.mutable_observer();
  ResponseClient link(server, client, experiment, clock.get());
  std::thread waiter([&] {
    WaitForEndSignal();
    link.Stop();
  });
  emulator.Start();
  absl::Status status;
  while (true) {
    const absl::StatusOr<std::vector<v1::PresentationNotice>> notices =
        link.Next(kMostPresentations);
    status = notices.status();
    if (!notices.ok() || notices->empty()) break;
    for (const v1::PresentationNotice& notice : *notices) {
      const absl::StatusOr<int64_t> onset =
          link.ToLocalNanos(notice.trial().presentation().onset());
      const absl::Status shown =
          onset.ok() ? emulator.Show(notice, *onset) : absl::Status(onset.status());
      if (!shown.ok()) spdlog::warn("{}", std::string(shown.message()));
    }
  }
  emulator.Stop();
  RaiseEnd();  // the link may have ended by itself
  waiter.join();
  return status;
}

}  // namespace evoke
