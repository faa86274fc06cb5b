// evoke-server: proposes stimuli, hands trials to displays, takes responses, keeps the record.
#include <filesystem>
#include <string>

#include "CLI/CLI.hpp"
#include "common/clock.h"
#include "common/end_signal.h"
#include "common/torch/torch_threads.h"
#include "server/ledger/ledger.h"
#include "server/service/server.h"
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
  CLI::App app{
      "Evoke's optimization server. Ctrl-C ends it; experiments go on when it is started "
      "again with the same ledger."};
  evoke::ServerOptions options;
  std::string ledger_path = "evoke.db";
  bool in_memory = false;
  double lease_s = 5, response_timeout_s = 10, client_timeout_s = 3;
  options.manager.model_dir = "deploy/models";
  options.manager.reference_dir = "deploy/references";
  app.add_option("--listen", options.address,
                 "Address to serve on, host:port; other hosts than this take --tls")
      ->capture_default_str();
  app.add_option("--ledger", ledger_path, "SQLite file that keeps the experiments")
      ->capture_default_str();
  app.add_flag("--in-memory", in_memory, "Keep no record: everything is lost at the end");
  app.add_option("--models", options.manager.model_dir, "Folder of generators")
      ->capture_default_str();
  app.add_option("--references", options.manager.reference_dir, "Folder of reference sets")
      ->capture_default_str();
  app.add_option("--earlier", options.manager.earlier_dir,
                 "Folder of earlier ledgers and exported tables that searches may begin from");
  app.add_option("--lease-seconds", lease_s, "From lease to presentation report")
      ->check(CLI::Range(0.05, 3600.0))
      ->capture_default_str();
  app.add_option("--response-seconds", response_timeout_s, "From presentation to response")
      ->check(CLI::Range(0.05, 3600.0))
      ->capture_default_str();
  app.add_option("--client-seconds", client_timeout_s, "Without a heartbeat, a client is lost")
      ->check(CLI::Range(0.05, 3600.0))
      ->capture_default_str();
  app.add_option("--tls", options.security.tls_folder,
                 "Folder of keys (deploy/make-certs): encrypt, and let in certificates only");
  app.add_option("--tokens", options.security.token_file,
                 "File of lines `role name token`: let in who has one of them");
  app.add_flag("--insecure", options.security.insecure,
               "Serve other hosts without TLS: whoever reaches the port may do everything");
  CLI11_PARSE(app, argc, argv);

  spdlog::set_default_logger(spdlog::stderr_color_mt("evoke-server"));
  // Experiments decode on threads of their own, image by image, and an image is too small for more.
  evoke::SetTorchThreads(1);
  options.manager.runner.lease_duration = absl::Seconds(lease_s);
  options.manager.runner.response_timeout = absl::Seconds(response_timeout_s);
  options.manager.client_timeout = absl::Seconds(client_timeout_s);

  const auto clock = evoke::NewSystemClock();
  std::unique_ptr<evoke::Ledger> ledger;
  if (in_memory) {
    ledger = evoke::NewMemoryLedger();
  } else {
    auto opened = evoke::OpenSqliteLedger(ledger_path);
    if (!opened.ok()) return Fail(opened.status());
    ledger = *std::move(opened);
  }
  auto server = evoke::Server::Start(options, std::move(ledger), clock.get());
  if (!server.ok()) return Fail(server.status());
  spdlog::info("listening on port {}, ledger {}", (*server)->port(),
               in_memory ? "in memory" : std::filesystem::absolute(ledger_path).string());

  evoke::WaitForEndSignal();
  spdlog::info("ending");
  server->reset();
  return 0;
}
