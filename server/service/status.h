// The one place where our errors become gRPC's. The code numbers are the same.
#ifndef EVOKE_SERVER_SERVICE_STATUS_H_
#define EVOKE_SERVER_SERVICE_STATUS_H_

#include <string>

#include "absl/status/status.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "grpcpp/support/status.h"

namespace evoke {

inline grpc::Status ToGrpc(const absl::Status& status) {
  return {static_cast<grpc::StatusCode>(status.raw_code()), std::string(status.message())};
}

// Ends a call at once, mostly with an error.
inline grpc::ServerUnaryReactor* Refuse(grpc::CallbackServerContext* context,
                                        const absl::Status& status) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  reactor->Finish(ToGrpc(status));
  return reactor;
}

}  // namespace evoke

#endif  // EVOKE_SERVER_SERVICE_STATUS_H_
