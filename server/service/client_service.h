// Registration and heartbeats.
#ifndef EVOKE_SERVER_SERVICE_CLIENT_SERVICE_H_
#define EVOKE_SERVER_SERVICE_CLIENT_SERVICE_H_

#include <string>
#include <utility>

#include "common/clock.h"
#include "evoke/v1/client_service.grpc.pb.h"
#include "server/service/gate.h"

namespace evoke {

class ClientService final : public v1::ClientService::CallbackService {
 public:
  // `session` names this run of the server; `zero_nanos` is the session clock's zero. The pointers
  // must outlive the service.
  ClientService(const Gate* gate, const Clock* clock, std::string session, int64_t zero_nanos)
      : gate_(gate), clock_(clock), session_(std::move(session)), zero_nanos_(zero_nanos) {}

  grpc::ServerUnaryReactor* RegisterClient(grpc::CallbackServerContext* context,
                                           const v1::RegisterClientRequest* request,
                                           v1::Client* response) override;
  grpc::ServerUnaryReactor* ListClients(grpc::CallbackServerContext* context,
                                        const v1::ListClientsRequest* request,
                                        v1::ListClientsResponse* response) override;
  grpc::ServerUnaryReactor* Heartbeat(grpc::CallbackServerContext* context,
                                      const v1::HeartbeatRequest* request,
                                      v1::HeartbeatResponse* response) override;

 private:
  const Gate* const gate_;
  const Clock* const clock_;
  const std::string session_;
  const int64_t zero_nanos_;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_SERVICE_CLIENT_SERVICE_H_
