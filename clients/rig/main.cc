// evoke-rig: a recording rig's spikes answer to what the display shows.
#include <string>

#include "CLI/CLI.hpp"
#include "clients/rig/check_command.h"
#include "clients/rig/run_command.h"
#include "common/end_signal.h"
#include "spdlog/sinks/stdout_color_sinks.h"
#include "spdlog/spdlog.h"

int main(int argc, char** argv) {
  evoke::CatchEndSignals();
  CLI::App app{
      "Evoke's link to a recording rig. `evoke-rig check` first, then `evoke-rig run`; Ctrl-C ends "
      "it."};
  app.require_subcommand(1);
  evoke::RunCommand run;
  evoke::CheckCommand check;
  const CLI::App* run_app = run.AddTo(app);
  check.AddTo(app);
  CLI11_PARSE(app, argc, argv);

  spdlog::set_default_logger(spdlog::stderr_color_mt("evoke-rig"));
  const absl::Status status = run_app->parsed() ? run.Run() : check.Run();
  if (status.ok()) return 0;
  if (!absl::IsAborted(status)) spdlog::error("{}", std::string(status.message()));
  return 1;
}
