// The one place where calls are let in.
#ifndef EVOKE_SERVER_SERVICE_GATE_H_
#define EVOKE_SERVER_SERVICE_GATE_H_

#include <optional>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "grpcpp/server_context.h"
#include "server/experiment/experiment_manager.h"
#include "server/service/token_table.h"

namespace evoke {

// Every handler gets the experiments from here and nowhere else, so none can forget to ask.
// (gRPC's own interceptors can't refuse a call in C++: the handler runs all the same.) Thread-safe.
class Gate {
 public:
  // Lets everybody do everything.
  explicit Gate(ExperimentManager* manager) : manager_(manager), open_(true) {}
  // Asks for a certificate, or a token if there are `tokens`.
  Gate(ExperimentManager* manager, std::optional<TokenTable> tokens)
      : manager_(manager), open_(false), tokens_(std::move(tokens)) {}

  // The experiments, for a request of somebody who may make it. UNAUTHENTICATED if the caller shows
  // no valid certificate or token; errors of CheckPermission() and CheckRequest().
  absl::StatusOr<ExperimentManager*> Enter(const grpc::CallbackServerContext& context,
                                           const google::protobuf::Message& request) const;

 private:
  absl::StatusOr<Identity> Identify(const grpc::CallbackServerContext& context) const;

  ExperimentManager* const manager_;
  const bool open_;
  const std::optional<TokenTable> tokens_;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_SERVICE_GATE_H_
