#include "server/service/gate.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/status_macros.h"
#include "grpc/grpc_security_constants.h"
#include "grpcpp/security/auth_context.h"
#include "server/service/method_rules.h"
#include "server/service/request_check.h"

namespace evoke {
namespace {

absl::string_view View(const grpc::string_ref& text) { return {text.data(), text.size()}; }

}  // namespace

absl::StatusOr<Identity> Gate::Identify(const grpc::CallbackServerContext& context) const {
  // The handshake has let in certificates of our authority alone, within their dates.
  const auto auth = context.auth_context();
  if (auth != nullptr && auth->IsPeerAuthenticated()) {
    const std::vector<grpc::string_ref> pem =
        auth->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
    if (!pem.empty()) {
      absl::StatusOr<Identity> identity = IdentityOfCertificate(View(pem.front()));
      if (identity.ok()) return identity;
      return absl::UnauthenticatedError(
          absl::StrCat("the client's certificate says not who it is (", identity.status().message(),
                       "); make one with deploy/make-certs --client NAME:ROLE"));
    }
  }
  if (!tokens_) {
    return absl::UnauthenticatedError(
        "this server asks for a certificate; give --tls DIR with cert.pem and key.pem");
  }
  const auto header = context.client_metadata().find("authorization");
  if (header == context.client_metadata().end()) {
    return absl::UnauthenticatedError(
        "this server asks who calls; give --token-file FILE, or --tls DIR with a certificate");
  }
  absl::string_view token = View(header->second);
  if (absl::ConsumePrefix(&token, "Bearer ")) {
    if (std::optional<Identity> identity = tokens_->Find(token)) return *std::move(identity);
  }
  return absl::UnauthenticatedError(
      "the server does not know this token; compare --token-file with the server's --tokens");
}

absl::StatusOr<ExperimentManager*> Gate::Enter(const grpc::CallbackServerContext& context,
                                               const google::protobuf::Message& request) const {
  if (!open_) {
    EVOKE_ASSIGN_OR_RETURN(const Identity caller, Identify(context));
    EVOKE_RETURN_IF_ERROR(CheckPermission(caller, request));
  }
  EVOKE_RETURN_IF_ERROR(CheckRequest(request));
  return manager_;
}

}  // namespace evoke
