// The gRPC server: ledger, experiments and services put together.
#ifndef EVOKE_SERVER_SERVICE_SERVER_H_
#define EVOKE_SERVER_SERVICE_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "server/experiment/experiment_manager.h"
#include "server/ledger/ledger.h"
#include "server/service/security.h"

namespace evoke {

struct ServerOptions {
  std::string address = "127.0.0.1:50151";  // host:port; port 0 takes a free one
  SecurityOptions security;                 // TLS, and who may come in
  ManagerOptions manager;                   // its session is filled in by the server
};

class Server {
 public:
  // Binds the address, answers health checks with NOT_SERVING, replays the ledger, then serves.
  // Errors of MakeSecurity(); UNAVAILABLE if the address can't be bound; errors of
  // ExperimentManager::Resume(). `clock` must outlive the server.
  static absl::StatusOr<std::unique_ptr<Server>> Start(
      ServerOptions options, std::unique_ptr<Ledger> ledger, const Clock* clock,
      ExperimentManager::GeneratorLoader load_generator = LoadGenerator);

  // Ends streams and calls, then the runners. What was acknowledged is in the ledger.
  ~Server();

  int port() const;
  ExperimentManager& manager();

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_SERVICE_SERVER_H_
