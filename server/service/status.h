// The one place where our errors become gRPC's. The code numbers are the same.
#ifndef EVOKE_SERVER_SERVICE_STATUS_H_
#define EVOKE_SERVER_SERVICE_STATUS_H_

#include <string>

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace evoke {

inline grpc::Status ToGrpc(const absl::Status& status) {
  return {static_cast<grpc::StatusCode>(status.raw_code()), std::string(status.message())};
}

}  // namespace evoke

#endif  // EVOKE_SERVER_SERVICE_STATUS_H_
