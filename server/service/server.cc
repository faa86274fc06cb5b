#include "server/service/server.h"

#include <unistd.h>

#include <chrono>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status_macros.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/health_check_service_interface.h"
#include "server/experiment/limits.h"
#include "server/service/client_service.h"
#include "server/service/experiment_service.h"
#include "server/service/gate.h"
#include "server/service/trial_services.h"
#include "server/service/worker_pool.h"

namespace evoke {
namespace {

// A host that is gone without a word is noticed within half a minute, and clients may ask as often
// as they do (clients/api/channel.cc). A connection has no age at which it ends.
void SetKeepalive(grpc::ServerBuilder* builder) {
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 20'000);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 1000);
}

std::string NewSession() {
  std::random_device random;
  return absl::StrFormat("%08x%08x", random(), random());
}

}  // namespace

struct Server::Impl {
  Impl(ServerOptions options, const Security& security, std::unique_ptr<Ledger> the_ledger,
       const Clock* clock, ExperimentManager::GeneratorLoader load_generator)
      : ledger(std::move(the_ledger)),
        manager(ledger.get(), clock, options.manager, std::move(load_generator)),
        pool(2),
        gate(security.open ? Gate(&manager) : Gate(&manager, security.tokens)),
        experiments(&gate, &pool),
        clients(&gate, clock, options.manager.runner.session, clock->MonotonicNanos()),
        displays(&gate),
        responses(&gate) {}

  std::unique_ptr<Ledger> ledger;
  ExperimentManager manager;
  WorkerPool pool;
  const Gate gate;
  ExperimentService experiments;
  ClientService clients;
  DisplayService displays;
  ResponseService responses;
  std::unique_ptr<grpc::Server> server;
  int port = 0;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(
    ServerOptions options, std::unique_ptr<Ledger> ledger, const Clock* clock,
    ExperimentManager::GeneratorLoader load_generator) {
  options.manager.runner.session = NewSession();
  EVOKE_ASSIGN_OR_RETURN(const Security security,
                         MakeSecurity(options.address, options.security, clock->Now()));
  auto impl = std::make_unique<Impl>(options, security, std::move(ledger), clock,
                                     std::move(load_generator));
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  // A second server on the same port is an error, not a twin that gets half of the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.SetMaxSendMessageSize(kMaxMessageBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreamsPerConnection);
  SetKeepalive(&builder);
  builder.AddListeningPort(options.address, security.credentials, &impl->port);
  builder.RegisterService(&impl->experiments);
  builder.RegisterService(&impl->clients);
  builder.RegisterService(&impl->displays);
  builder.RegisterService(&impl->responses);
  impl->server = builder.BuildAndStart();
  if (impl->server == nullptr || impl->port == 0) {
    return absl::UnavailableError(absl::StrCat("can't listen on ", options.address,
                                               "; another program (a running evoke-server?) may "
                                               "use the port: choose another with --listen"));
  }
  grpc::HealthCheckServiceInterface* health = impl->server->GetHealthCheckService();
  health->SetServingStatus(false);
  std::unique_ptr<Server> server(new Server(std::move(impl)));
  EVOKE_RETURN_IF_ERROR(server->manager().Resume());
  health->SetServingStatus(true);
  return server;
}

Server::~Server() {
  if (impl_ == nullptr || impl_->server == nullptr) return;
  impl_->server->GetHealthCheckService()->SetServingStatus(false);
  impl_->server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
  impl_->server->Wait();
}

int Server::port() const { return impl_->port; }

ExperimentManager& Server::manager() { return impl_->manager; }

}  // namespace evoke
