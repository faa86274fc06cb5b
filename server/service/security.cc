#include "server/service/security.h"

#include "absl/strings/str_cat.h"
#include "common/loopback.h"
#include "common/status_macros.h"
#include "common/tls_folder.h"
#include "spdlog/spdlog.h"

namespace evoke {
namespace {

absl::Status CheckReach(const std::string& address, const SecurityOptions& options) {
  if (!options.tls_folder.empty()) {
    if (!options.insecure) return absl::OkStatus();
    return absl::InvalidArgumentError("--insecure and --tls: give one of them");
  }
  if (IsLoopback(address)) return absl::OkStatus();
  if (!options.insecure) {
    return absl::FailedPreconditionError(absl::StrCat(
        address,
        ": other hosts can reach it, so it takes TLS: make keys with deploy/make-certs and give "
        "--tls DIR (docs/security.md); or listen on 127.0.0.1; or, on a network that nobody else "
        "is on, --insecure"));
  }
  if (!options.token_file.empty()) {
    return absl::FailedPreconditionError(
        "--tokens and --insecure: everybody on the network could read the tokens; give --tls too");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> TlsCredentials(
    const SecurityOptions& options, absl::Time now) {
  EVOKE_ASSIGN_OR_RETURN(TlsFolder tls, ReadTlsFolder(options.tls_folder, now));
  if (tls.key.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat(options.tls_folder,
                     ": has no cert.pem and key.pem; a server needs its own: deploy/make-certs"));
  }
  grpc::SslServerCredentialsOptions ssl(
      options.token_file.empty() ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                                 : GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  ssl.pem_root_certs = std::move(tls.authority);
  ssl.pem_key_cert_pairs.push_back({std::move(tls.key), std::move(tls.certificate)});
  return grpc::SslServerCredentials(ssl);
}

}  // namespace

absl::StatusOr<Security> MakeSecurity(const std::string& address, const SecurityOptions& options,
                                      absl::Time now) {
  EVOKE_RETURN_IF_ERROR(CheckReach(address, options));
  Security security;
  if (!options.token_file.empty()) {
    EVOKE_ASSIGN_OR_RETURN(security.tokens, TokenTable::Read(options.token_file));
  }
  security.open = options.tls_folder.empty() && !security.tokens;
  if (!options.tls_folder.empty()) {
    EVOKE_ASSIGN_OR_RETURN(security.credentials, TlsCredentials(options, now));
    return security;
  }
  security.credentials = grpc::InsecureServerCredentials();
  if (!IsLoopback(address)) {
    spdlog::warn(
        "insecure: everybody who can reach {} may run, stop and falsify experiments; what is sent "
        "can be read and changed on the way",
        address);
  }
  return security;
}

}  // namespace evoke
