// How the server is reached, and by whom.
#ifndef EVOKE_SERVER_SERVICE_SECURITY_H_
#define EVOKE_SERVER_SERVICE_SECURITY_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/security/server_credentials.h"
#include "server/service/token_table.h"

namespace evoke {

struct SecurityOptions {
  std::string tls_folder;  // as deploy/make-certs makes it; empty: no TLS
  std::string token_file;  // as TokenTable reads it; empty: no tokens
  bool insecure = false;   // serve other hosts without TLS
};

struct Security {
  std::shared_ptr<grpc::ServerCredentials> credentials;
  std::optional<TokenTable> tokens;
  // Every caller may do everything: neither certificates nor tokens say who it is.
  bool open = false;
};

// With TLS, clients need a certificate that the folder's authority has signed; with tokens too,
// either will do. Without TLS, FAILED_PRECONDITION if `address` can be reached from other hosts,
// unless it is to be insecure: then logs a warning. Never sends or takes tokens over such a
// network. Errors of ReadTlsFolder() at `now` and TokenTable::Read().
absl::StatusOr<Security> MakeSecurity(const std::string& address, const SecurityOptions& options,
                                      absl::Time now);

}  // namespace evoke

#endif  // EVOKE_SERVER_SERVICE_SECURITY_H_
