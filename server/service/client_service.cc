#include "server/service/client_service.h"

#include <vector>

#include "server/service/page.h"
#include "server/service/status.h"

namespace evoke {

grpc::ServerUnaryReactor* ClientService::RegisterClient(grpc::CallbackServerContext* context,
                                                        const v1::RegisterClientRequest* request,
                                                        v1::Client* response) {
  const auto manager = gate_->Enter(*context, *request);
  if (!manager.ok()) return Refuse(context, manager.status());
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  absl::StatusOr<v1::Client> client = (*manager)->RegisterClient(request->client());
  if (client.ok()) *response = *std::move(client);
  reactor->Finish(ToGrpc(client.status()));
  return reactor;
}

grpc::ServerUnaryReactor* ClientService::ListClients(grpc::CallbackServerContext* context,
                                                     const v1::ListClientsRequest* request,
                                                     v1::ListClientsResponse* response) {
  const auto manager = gate_->Enter(*context, *request);
  if (!manager.ok()) return Refuse(context, manager.status());
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const absl::StatusOr<int> limit = PageSize(request->page_size());
  if (limit.ok()) {
    for (v1::Client& client : (*manager)->clients().List(request->page_token(), *limit)) {
      *response->add_clients() = std::move(client);
    }
    if (response->clients_size() == *limit) {
      response->set_next_page_token(response->clients().rbegin()->name());
    }
  }
  reactor->Finish(ToGrpc(limit.status()));
  return reactor;
}

grpc::ServerUnaryReactor* ClientService::Heartbeat(grpc::CallbackServerContext* context,
                                                   const v1::HeartbeatRequest* request,
                                                   v1::HeartbeatResponse* response) {
  response->set_server_receive_nanos(clock_->MonotonicNanos() - zero_nanos_);
  const auto manager = gate_->Enter(*context, *request);
  if (!manager.ok()) return Refuse(context, manager.status());
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const absl::Status status =
      (*manager)->Heartbeat(request->client(), request->instance(), request->trouble());
  response->set_session(session_);
  response->set_server_send_nanos(clock_->MonotonicNanos() - zero_nanos_);
  reactor->Finish(ToGrpc(status));
  return reactor;
}

}  // namespace evoke
