// The connection to the server, and the one place where gRPC's errors become ours.
#ifndef EVOKE_CLIENTS_API_CHANNEL_H_
#define EVOKE_CLIENTS_API_CHANNEL_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "grpcpp/channel.h"
#include "grpcpp/support/status.h"

namespace evoke {

// Never fails: gRPC connects when the channel is used and again whenever the connection is lost.
std::shared_ptr<grpc::Channel> OpenChannel(const std::string& address);

absl::Status FromGrpc(const grpc::Status& status);

// True for errors that go away by themselves: the server is down, or was too slow.
bool IsTransient(const absl::Status& status);

}  // namespace evoke

#endif  // EVOKE_CLIENTS_API_CHANNEL_H_
