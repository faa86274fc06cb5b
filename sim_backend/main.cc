// evoke-sim: neurons of a simulated network. Without a subcommand they answer to what the display
// shows (with --emulate, by way of a recording rig that is not there); the subcommands run whole
// experiments without a server, and tell what the network does.
#include <string>

#include "CLI/CLI.hpp"
#include "common/end_signal.h"
#include "sim_backend/analysis/describe_command.h"
#include "sim_backend/analysis/raster_command.h"
#include "sim_backend/analysis/respond_command.h"
#include "sim_backend/analysis/selectivity_command.h"
#include "sim_backend/analysis/top_command.h"
#include "sim_backend/networks/tensor_memory.h"
#include "sim_backend/offline/offline_command.h"
#include "sim_backend/serve_command.h"
#include "spdlog/cfg/env.h"
#include "spdlog/sinks/stdout_color_sinks.h"
#include "spdlog/spdlog.h"

int main(int argc, char** argv) {
  evoke::CatchEndSignals();
  evoke::KeepFreedMemory();
  CLI::App app{
      "Evoke's simulated neurons. Without a subcommand: a response backend of evoke-server; Ctrl-C "
      "ends it."};
  app.require_subcommand(0, 1);
  evoke::NetworkCommand network;
  evoke::NeuronCommand neurons;
  evoke::ServeCommand serve;
  serve.AddTo(&app);
  network.AddTo(&app);
  neurons.AddTo(&app);
  evoke::OfflineCommand offline;
  evoke::DescribeCommand describe;
  evoke::RespondCommand respond;
  evoke::TopCommand top;
  evoke::SelectivityCommand selectivity;
  evoke::RasterCommand raster;
  const CLI::App* const offline_app = offline.AddTo(app, network, neurons);
  const CLI::App* const describe_app = describe.AddTo(app, network);
  const CLI::App* const respond_app = respond.AddTo(app, network);
  const CLI::App* const top_app = top.AddTo(app, network);
  const CLI::App* const selectivity_app = selectivity.AddTo(app, network);
  const CLI::App* const raster_app = raster.AddTo(app, network, neurons);
  CLI11_PARSE(app, argc, argv);

  spdlog::set_default_logger(spdlog::stderr_color_mt("evoke-sim"));
  spdlog::cfg::load_env_levels();  // SPDLOG_LEVEL=debug
  absl::Status status;
  if (offline_app->parsed()) {
    status = offline.Run(network, neurons);
  } else if (describe_app->parsed()) {
    status = describe.Run(network);
  } else if (respond_app->parsed()) {
    status = respond.Run(network);
  } else if (top_app->parsed()) {
    status = top.Run(network);
  } else if (selectivity_app->parsed()) {
    status = selectivity.Run(network);
  } else if (raster_app->parsed()) {
    status = raster.Run(network, neurons);
  } else {
    status = serve.Run(network, neurons);
  }
  if (status.ok()) return 0;
  if (!absl::IsAborted(status)) spdlog::error("{}", std::string(status.message()));
  return 1;
}
