#include "sim_backend/serve_command.h"

#include <memory>
#include <thread>

#include "clients/api/response_client.h"
#include "clients/responder/responder.h"
#include "common/clock.h"
#include "common/end_signal.h"
#include "common/resource_name.h"
#include "common/status_macros.h"
#include "sim_backend/backend/simulated_neurons.h"
#include "spdlog/spdlog.h"

namespace evoke {

void ServeCommand::AddTo(CLI::App* app) {
  server.AddTo(app);
  app->add_option("--name", name, "This backend's name; keep it over restarts")
      ->capture_default_str();
  app->add_option("--experiment", experiment,
                  "Serve only this one (experiments/NAME); all if not given");
  emulate.AddTo(app);
}

absl::Status ServeCommand::Run(const NetworkCommand& network_command,
                               const NeuronCommand& neuron_command) const {
  EVOKE_RETURN_IF_ERROR(ValidateId("--name", name));
  const std::unique_ptr<Clock> clock = NewSystemClock();
  EVOKE_ASSIGN_OR_RETURN(const Connection connection, server.Read(clock->Now()));
  EVOKE_ASSIGN_OR_RETURN(const NeuronOptions options, neuron_command.Options());
  EVOKE_ASSIGN_OR_RETURN(const std::unique_ptr<Network> network, network_command.Load());
  SimulatedNeurons neurons(network.get(), options);
  if (!emulate.program.empty())
    return emulate.Run(connection, name, experiment, *network, &neurons);

  v1::Client client;
  client.set_name(ClientName(name));
  *client.mutable_backend() = neurons.Describe();
  ResponseClient link(connection, client, experiment, clock.get());
  spdlog::info("{}: {} units, {} steps of {} ms", network_command.model,
               client.backend().units_size(), network->steps(),
               absl::ToDoubleMilliseconds(network->step_duration()));
  std::thread waiter([&] {
    WaitForEndSignal();
    link.Stop();
  });
  const absl::Status status = Respond(link, neurons, link, client.name());
  RaiseEnd();  // the link may have ended by itself
  waiter.join();
  return status;
}

}  // namespace evoke
