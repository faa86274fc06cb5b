// evoke-sim: neurons of a simulated spiking network answer to what the display shows; with
// --emulate, by way of a recording rig that is not there.
#include <map>
#include <string>
#include <thread>

#include "CLI/CLI.hpp"
#include "clients/api/response_client.h"
#include "clients/responder/responder.h"
#include "common/clock.h"
#include "common/end_signal.h"
#include "common/resource_name.h"
#include "sim_backend/backend/simulated_neurons.h"
#include "sim_backend/emulate_command.h"
#include "sim_backend/networks/network.h"
#include "sim_backend/networks/tensor_memory.h"
#include "spdlog/sinks/stdout_color_sinks.h"
#include "spdlog/spdlog.h"

namespace {

int Fail(const absl::Status& status) {
  spdlog::error("{}", std::string(status.message()));
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  evoke::CatchEndSignals();
  evoke::KeepFreedMemory();
  CLI::App app{"Evoke's simulated response backend. Ctrl-C ends it."};
  std::string server = "127.0.0.1:50151", name = "sim-1", experiment;
  std::string model_dir = "deploy/models", model = "snn-cifar10";
  int steps = 0;
  double latency_ms = 50;
  evoke::NeuronOptions options;
  app.add_option("--server", server, "The server's host:port")
      ->envname("EVOKE_SERVER")
      ->capture_default_str();
  app.add_option("--name", name, "This backend's name; keep it over restarts")
      ->capture_default_str();
  app.add_option("--experiment", experiment,
                 "Serve only this one (experiments/NAME); all if not given");
  app.add_option("--models", model_dir, "Folder of networks")->capture_default_str();
  app.add_option("--model", model, "Name of the network")->capture_default_str();
  app.add_option("--steps", steps, "Time steps of a response; 0: as the model says")
      ->check(CLI::Range(0, 10000))
      ->capture_default_str();
  app.add_option("--noise", options.noise, "poisson, or none: the same spikes at every repeat")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, evoke::NeuronOptions::Noise>{
              {"none", evoke::NeuronOptions::Noise::kNone},
              {"poisson", evoke::NeuronOptions::Noise::kPoisson}},
          CLI::ignore_case))
      ->default_str("poisson");
  app.add_option("--latency-ms", latency_ms, "From the onset to the first spikes")
      ->capture_default_str();
  app.add_option("--spontaneous-hz", options.spontaneous_hz, "Spikes/s without any stimulus")
      ->capture_default_str();
  evoke::EmulateCommand emulate;
  emulate.AddTo(&app);
  CLI11_PARSE(app, argc, argv);

  spdlog::set_default_logger(spdlog::stderr_color_mt("evoke-sim"));
  options.latency = absl::Milliseconds(latency_ms);
  if (absl::Status s = evoke::ValidateId("--name", name); !s.ok()) return Fail(s);
  if (absl::Status s = options.Validate(); !s.ok()) return Fail(s);

  auto network = evoke::LoadNetwork(model_dir, model, steps);
  if (!network.ok()) return Fail(network.status());
  evoke::SimulatedNeurons neurons(network->get(), options);
  if (!emulate.program.empty()) {
    const absl::Status status = emulate.Run(server, name, experiment, **network, &neurons);
    return status.ok() ? 0 : Fail(status);
  }

  const auto clock = evoke::NewSystemClock();
  evoke::v1::Client client;
  client.set_name(evoke::ClientName(name));
  *client.mutable_backend() = neurons.Describe();
  evoke::ResponseClient link(server, client, experiment, clock.get());
  spdlog::info("{}: {} units, {} steps of {} ms", model, client.backend().units_size(),
               (*network)->steps(), absl::ToDoubleMilliseconds((*network)->step_duration()));

  std::thread waiter([&] {
    evoke::WaitForEndSignal();
    link.Stop();
  });
  const absl::Status status = Respond(link, neurons, link, client.name());
  evoke::RaiseEnd();  // the link may have ended by itself
  waiter.join();
  return status.ok() ? 0 : Fail(status);
}
