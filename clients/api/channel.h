// The connection to the server, and the one place where gRPC's errors become ours.
#ifndef EVOKE_CLIENTS_API_CHANNEL_H_
#define EVOKE_CLIENTS_API_CHANNEL_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/tls_folder.h"
#include "grpcpp/channel.h"
#include "grpcpp/support/status.h"

namespace evoke {

// Where the server is, and what it is shown. Holds secrets: nothing prints it.
struct Connection {
  // Without TLS or token.
  Connection(std::string the_address = "127.0.0.1:50151")  // NOLINT(google-explicit-constructor)
      : address(std::move(the_address)) {}

  std::string address;  // host:port
  TlsFolder tls;        // without an authority: no TLS
  std::string token;    // empty: none
};

// Reads the keys in `tls_folder` and the token in `token_file`, where they are not empty. `now`
// dates certificates. FAILED_PRECONDITION if the token would leave this host unencrypted; errors of
// ReadTlsFolder() and ReadSecretFile().
absl::StatusOr<Connection> MakeConnection(const std::string& address, const std::string& tls_folder,
                                          const std::string& token_file, absl::Time now);

// Never fails: gRPC connects when the channel is used and again whenever the connection is lost.
std::shared_ptr<grpc::Channel> OpenChannel(const Connection& connection);

// Where TLS fails, with what to do about it.
absl::Status FromGrpc(const grpc::Status& status);

// True for errors that go away by themselves: the server is down, or was too slow.
bool IsTransient(const absl::Status& status);

}  // namespace evoke

#endif  // EVOKE_CLIENTS_API_CHANNEL_H_
