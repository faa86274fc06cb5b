#include "clients/api/channel.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/loopback.h"
#include "common/secret_file.h"
#include "common/status_macros.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"
#include "grpcpp/support/client_interceptor.h"

namespace evoke {
namespace {

// Shows the token with every call. (gRPC's call credentials refuse to go over plain loopback.)
class TokenInterceptor final : public grpc::experimental::Interceptor {
 public:
  explicit TokenInterceptor(const std::string& header) : header_(header) {}
  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(
            grpc::experimental::InterceptionHookPoints::PRE_SEND_INITIAL_METADATA)) {
      methods->GetSendInitialMetadata()->insert({"authorization", header_});
    }
    methods->Proceed();
  }

 private:
  const std::string& header_;
};

class TokenInterceptorFactory final : public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  explicit TokenInterceptorFactory(const std::string& token)
      : header_(absl::StrCat("Bearer ", token)) {}
  grpc::experimental::Interceptor* CreateClientInterceptor(
      grpc::experimental::ClientRpcInfo*) override {
    return new TokenInterceptor(header_);
  }

 private:
  const std::string header_;
};

grpc::ChannelArguments Arguments() {
  grpc::ChannelArguments args;
  args.SetMaxReceiveMessageSize(64 << 20);
  args.SetMaxSendMessageSize(64 << 20);
  // A server that is started again is found within a second, not after gRPC's two minutes.
  args.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  // Also the time that one attempt to connect may take.
  args.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 2000);
  args.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  // A stream on which nothing comes would not notice a cable that is out.
  args.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 5000);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 3000);
  args.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  return args;
}

// What to do about it, by the words of gRPC 1.51 and OpenSSL 3; empty if that is not known.
absl::string_view Advice(const std::string& message) {
  if (!absl::StrContains(message, "failed to connect")) return "";
  if (absl::StrContains(message, "certificate verify failed")) {
    return "the server's certificate is not signed by the authority in --tls DIR (ca.pem), or has "
           "expired; both sides' folders must come from one deploy/make-certs";
  }
  if (absl::StrContains(message, "not in peer certificate")) {
    return "--server is not what the server's certificate is called; use a name that "
           "deploy/make-certs "
           "--server was given, or make that certificate anew";
  }
  if (absl::StrContains(message, "wrong version number")) {
    return "the server speaks plain text; start it with --tls, or this program without --tls "
           "(EVOKE_TLS)";
  }
  // Of a certificate that it refuses, TLS 1.3 does not tell us before the connection is closed.
  if (absl::StrContains(message, "Socket closed") ||
      absl::StrContains(message, "Connection reset by peer")) {
    return "the server closed the connection at once; if it was started with --tls, give --tls DIR "
           "with a certificate that its authority has signed and that has not expired";
  }
  return "";
}

}  // namespace

absl::StatusOr<Connection> MakeConnection(const std::string& address, const std::string& tls_folder,
                                          const std::string& token_file, absl::Time now) {
  Connection connection(address);
  if (!tls_folder.empty()) {
    EVOKE_ASSIGN_OR_RETURN(connection.tls, ReadTlsFolder(tls_folder, now));
  }
  if (token_file.empty()) return connection;
  if (tls_folder.empty() && !IsLoopback(address)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "--token-file: on the way to ", address,
        " anybody could read the token; give --tls DIR too, with the server's ca.pem in DIR"));
  }
  EVOKE_ASSIGN_OR_RETURN(const std::string text, ReadSecretFile(token_file));
  connection.token = std::string(absl::StripAsciiWhitespace(text));
  for (const char c : connection.token) {
    if (!absl::ascii_isgraph(static_cast<unsigned char>(c))) connection.token.clear();
  }
  if (!connection.token.empty()) return connection;
  return absl::InvalidArgumentError(absl::StrCat(
      token_file, ": must hold the token alone, the last word of the server's line for it"));
}

std::shared_ptr<grpc::Channel> OpenChannel(const Connection& connection) {
  std::shared_ptr<grpc::ChannelCredentials> credentials;
  if (connection.tls.authority.empty()) {
    credentials = grpc::InsecureChannelCredentials();
  } else {
    credentials = grpc::SslCredentials(
        {connection.tls.authority, connection.tls.key, connection.tls.certificate});
  }
  std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> interceptors;
  if (!connection.token.empty()) {
    interceptors.push_back(std::make_unique<TokenInterceptorFactory>(connection.token));
  }
  return grpc::experimental::CreateCustomChannelWithInterceptors(
      connection.address, credentials, Arguments(), std::move(interceptors));
}

absl::Status FromGrpc(const grpc::Status& status) {
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  const absl::string_view advice =
      code == absl::StatusCode::kUnavailable ? Advice(status.error_message()) : "";
  if (advice.empty()) return absl::Status(code, status.error_message());
  return absl::Status(code, absl::StrCat(advice, " (", status.error_message(), ")"));
}

bool IsTransient(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
         absl::IsCancelled(status) || absl::IsAborted(status);
}

}  // namespace evoke
