// Who gets in, over real connections: tokens, TLS handshakes, and every role with every method.
#include "server/service/security.h"

#include <map>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/api/channel.h"
#include "evoke/v1/client_service.grpc.pb.h"
#include "evoke/v1/experiment_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "spdlog/sinks/ostream_sink.h"
#include "spdlog/spdlog.h"
#include "tests/service/api_methods.h"
#include "tests/support/keys.h"
#include "tests/support/specs.h"
#include "tests/support/test_server.h"

namespace evoke {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr char kTokens[] =
    "operator kim    operator-token-0123456789\n"
    "display  me-d   display-token-0123456789\n"
    "backend  me-b   backend-token-0123456789\n"
    "observer me-o   observer-token-0123456789\n";

std::string Message(const absl::Status& status) { return std::string(status.message()); }

absl::Status List(const Connection& connection) {
  const auto stub = v1::ExperimentService::NewStub(OpenChannel(connection));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  v1::ListExperimentsResponse response;
  return FromGrpc(stub->ListExperiments(&context, {}, &response));
}

absl::Status Stop(const Connection& connection) {
  const auto stub = v1::ExperimentService::NewStub(OpenChannel(connection));
  grpc::ClientContext context;
  v1::StopExperimentRequest request;
  request.set_name("experiments/e");
  v1::Experiment response;
  return FromGrpc(stub->StopExperiment(&context, request, &response));
}

Connection WithToken(const TestServer& server, const std::string& token) {
  Connection connection(server.address());
  connection.token = token;
  return connection;
}

Connection WithKeys(const TestServer& server, const std::string& folder) {
  const absl::StatusOr<Connection> connection =
      MakeConnection(server.address(), folder, "", absl::Now());
  EXPECT_TRUE(connection.ok()) << connection.status();
  return connection.value_or(Connection());
}

SecurityOptions Tokens() {
  SecurityOptions options;
  options.token_file = WriteSecret("tokens", kTokens);
  return options;
}

SecurityOptions Tls(const Keys& keys) {
  SecurityOptions options;
  options.tls_folder = keys.folder("server");
  return options;
}

// One call by its descriptor; of a stream, how it ends.
grpc::Status Call(const std::shared_ptr<grpc::Channel>& channel, Method method,
                  const google::protobuf::Message& request) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  grpc::CompletionQueue queue;
  const grpc::Slice slice(request.SerializeAsString());
  grpc::ByteBuffer out(&slice, 1), in;
  const auto call = stub.PrepareUnaryCall(
      &context, absl::StrCat("/", method->service()->full_name(), "/", method->name()), out,
      &queue);
  call->StartCall();
  grpc::Status status;
  call->Finish(&in, &status, nullptr);
  void* tag;
  bool ok;
  queue.Next(&tag, &ok);
  return status;
}

// ---- roles ----

TEST(SecurityTest, EveryMethodRefusesEveryRoleThatHasNoRightToItAndSaysWhichHas) {
  const TestServer server(NewMemoryLedger(), Tokens());
  const std::map<Role, std::pair<std::string, std::string>> callers = {
      {kOperator, {"kim", "operator-token-0123456789"}},
      {kDisplay, {"me-d", "display-token-0123456789"}},
      {kBackend, {"me-b", "backend-token-0123456789"}},
      {kObserver, {"me-o", "observer-token-0123456789"}}};
  for (const auto& [role, caller] : callers) {
    const auto channel = OpenChannel(WithToken(server, caller.second));
    for (const Method method : ApiMethods()) {
      SCOPED_TRACE(absl::StrCat(RoleName(role), " calls ", method->name()));
      const grpc::Status status =
          Call(channel, method, *RequestFrom(method, "clients/" + caller.first));
      if ((RuleOf(method)->roles & role) != 0) {
        EXPECT_NE(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
        EXPECT_NE(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
      } else {
        EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
        EXPECT_THAT(status.error_message(),
                    HasSubstr("needs the role " + RoleNames(RuleOf(method)->roles)));
      }
    }
  }
}

TEST(SecurityTest, EveryMethodRefusesWhoSpeaksForAnotherAndWhoSaysNotWhoItIs) {
  const TestServer server(NewMemoryLedger(), Tokens());
  const auto nobody = OpenChannel(Connection(server.address()));
  const auto backend = OpenChannel(WithToken(server, "backend-token-0123456789"));
  for (const Method method : ApiMethods()) {
    const auto request = RequestFrom(method, "clients/another");
    EXPECT_EQ(Call(nobody, method, *request).error_code(), grpc::StatusCode::UNAUTHENTICATED)
        << method->name();
    if (RuleOf(method)->client_field.empty()) continue;
    EXPECT_EQ(Call(backend, method, *request).error_code(), grpc::StatusCode::PERMISSION_DENIED)
        << method->name();
  }
}

// ---- tokens ----

TEST(SecurityTest, AMissingTokenAndAWrongOneAreRefusedWithWhatToDo) {
  const TestServer server(NewMemoryLedger(), Tokens());
  EXPECT_TRUE(List(WithToken(server, "observer-token-0123456789")).ok());
  const absl::Status missing = List(Connection(server.address()));
  EXPECT_TRUE(absl::IsUnauthenticated(missing));
  EXPECT_THAT(Message(missing), HasSubstr("--token-file"));
  const absl::Status wrong = List(WithToken(server, "guessed-token-0123456789"));
  EXPECT_TRUE(absl::IsUnauthenticated(wrong));
  EXPECT_THAT(Message(wrong), AllOf(HasSubstr("--tokens"), Not(HasSubstr("guessed"))));
}

TEST(SecurityTest, ATokenOverTlsDoesForACertificate) {
  const Keys keys("--client kim:operator");
  SecurityOptions options = Tls(keys);
  options.token_file = Tokens().token_file;
  const TestServer server(NewMemoryLedger(), options);
  Connection connection = WithKeys(server, keys.folder("kim"));
  EXPECT_TRUE(List(connection).ok());
  connection.tls.certificate.clear();
  connection.tls.key.clear();
  EXPECT_TRUE(absl::IsUnauthenticated(List(connection)));
  connection.token = "display-token-0123456789";
  EXPECT_TRUE(List(connection).ok());
  EXPECT_TRUE(absl::IsPermissionDenied(Stop(connection)));
}

// ---- TLS ----

TEST(SecurityTest, CertificatesSayWhoCallsAndAsWhat) {
  const Keys keys("--client kim:operator --client display-1:display");
  const TestServer server(NewMemoryLedger(), Tls(keys));
  EXPECT_TRUE(absl::IsNotFound(Stop(WithKeys(server, keys.folder("kim")))));
  const absl::Status refused = Stop(WithKeys(server, keys.folder("display-1")));
  EXPECT_TRUE(absl::IsPermissionDenied(refused));
  EXPECT_THAT(Message(refused), HasSubstr("StopExperiment needs the role operator; display-1 has"));
}

TEST(SecurityTest, ClientsOfAnotherLaboratoryStayOutAndTrustNoOther) {
  const Keys keys("--client kim:operator"), others("--client kim:operator");
  const TestServer server(NewMemoryLedger(), Tls(keys));
  const absl::Status untrusted = List(WithKeys(server, others.folder("kim")));
  EXPECT_TRUE(absl::IsUnavailable(untrusted));
  EXPECT_THAT(Message(untrusted), HasSubstr("not signed by the authority"));
  // One that believes this server, but is not of its laboratory.
  Connection stranger = WithKeys(server, others.folder("kim"));
  stranger.tls.authority = WithKeys(server, keys.folder("kim")).tls.authority;
  const absl::Status out = List(stranger);
  EXPECT_TRUE(absl::IsUnavailable(out)) << out;
  EXPECT_THAT(Message(out), HasSubstr("--tls"));
}

TEST(SecurityTest, NoCertificateAndAnExpiredOneStayOut) {
  const Keys keys("--client kim:operator");
  const TestServer server(NewMemoryLedger(), Tls(keys));
  Connection connection = WithKeys(server, keys.folder("kim"));
  ASSERT_TRUE(List(connection).ok());
  connection.tls.certificate = keys.Expired("kim");
  EXPECT_TRUE(absl::IsUnavailable(List(connection)));
  connection.tls.certificate.clear();
  connection.tls.key.clear();
  EXPECT_TRUE(absl::IsUnavailable(List(connection)));
}

TEST(SecurityTest, APlainClientOfATlsServerIsToldToUseTlsAndTheOtherWayRound) {
  const Keys keys("--client kim:operator");
  const TestServer server(NewMemoryLedger(), Tls(keys)), plain;
  const absl::Status status = List(Connection(server.address()));
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_THAT(Message(status), HasSubstr("--tls"));
  const absl::Status other = List(WithKeys(plain, keys.folder("kim")));
  EXPECT_TRUE(absl::IsUnavailable(other));
  EXPECT_THAT(Message(other), HasSubstr("speaks plain text"));
}

TEST(SecurityTest, AServerThatIsCalledByAnotherNameIsNotBelieved) {
  const Keys keys("--server lab-server --client kim:operator");
  const TestServer server(NewMemoryLedger(), Tls(keys));
  const absl::Status status = List(WithKeys(server, keys.folder("kim")));
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_THAT(Message(status), HasSubstr("not what the server's certificate is called"));
}

TEST(SecurityTest, AClientsKeyMakesNoServer) {
  const Keys keys("--client kim:operator --client display-1:display");
  SecurityOptions options;
  options.tls_folder = keys.folder("display-1");
  const TestServer impostor(NewMemoryLedger(), options);
  EXPECT_TRUE(absl::IsUnavailable(List(WithKeys(impostor, keys.folder("kim")))));
}

// ---- where to listen ----

TEST(SecurityTest, OtherHostsAreServedWithTlsOrWhenToldSo) {
  const Keys keys;
  const absl::Time now = absl::Now();
  EXPECT_TRUE(MakeSecurity("127.0.0.1:0", {}, now)->open);
  const absl::Status refused = MakeSecurity("0.0.0.0:50151", {}, now).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
  EXPECT_THAT(Message(refused),
              AllOf(HasSubstr("--tls"), HasSubstr("make-certs"), HasSubstr("--insecure")));
  const absl::StatusOr<Security> with_tls = MakeSecurity("0.0.0.0:50151", Tls(keys), now);
  ASSERT_TRUE(with_tls.ok()) << with_tls.status();
  EXPECT_FALSE(with_tls->open);

  std::ostringstream log;
  const auto before = spdlog::default_logger();
  spdlog::set_default_logger(std::make_shared<spdlog::logger>(
      "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log)));
  SecurityOptions insecure;
  insecure.insecure = true;
  EXPECT_TRUE(MakeSecurity("0.0.0.0:50151", insecure, now)->open);
  EXPECT_THAT(log.str(), AllOf(HasSubstr("warn"), HasSubstr("0.0.0.0:50151")));
  spdlog::set_default_logger(before);

  insecure.token_file = Tokens().token_file;
  EXPECT_TRUE(absl::IsFailedPrecondition(MakeSecurity("0.0.0.0:50151", insecure, now).status()));
  insecure.tls_folder = keys.folder("server");
  EXPECT_TRUE(absl::IsInvalidArgument(MakeSecurity("0.0.0.0:50151", insecure, now).status()));
}

TEST(SecurityTest, ATokenNeverLeavesTheHostUnencrypted) {
  const std::string file = WriteSecret("token", "operator-token-0123456789\n");
  const absl::Status status = MakeConnection("lab-server:50151", "", file, absl::Now()).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(Message(status), AllOf(HasSubstr("--tls"), Not(HasSubstr("operator-token"))));
  const absl::StatusOr<Connection> here = MakeConnection("127.0.0.1:50151", "", file, absl::Now());
  ASSERT_TRUE(here.ok()) << here.status();
  EXPECT_EQ(here->token, "operator-token-0123456789");
}

// ---- secrets ----

TEST(SecurityTest, NoSecretIsInALogOrAnAnswer) {
  const Keys keys("--client kim:operator");
  SecurityOptions options = Tls(keys);
  options.token_file = Tokens().token_file;
  testing::internal::CaptureStderr();  // gRPC logs there
  std::ostringstream log;
  const auto before = spdlog::default_logger();
  spdlog::set_default_logger(std::make_shared<spdlog::logger>(
      "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log)));
  spdlog::set_level(spdlog::level::trace);
  std::string said;
  {
    const TestServer server(NewMemoryLedger(), options);
    Connection connection = WithKeys(server, keys.folder("kim"));
    absl::StrAppend(&said, Message(List(connection)));
    connection.tls.certificate.clear();
    connection.tls.key.clear();
    for (const char* token : {"display-token-0123456789", "guessed-token-0123456789", ""}) {
      connection.token = token;
      absl::StrAppend(&said, Message(List(connection)), Message(Stop(connection)));
    }
    absl::StrAppend(&said, Message(List(Connection(server.address()))));
  }
  spdlog::set_default_logger(before);
  absl::StrAppend(&said, log.str(), testing::internal::GetCapturedStderr());
  EXPECT_THAT(said, HasSubstr("StopExperiment needs the role operator"));
  EXPECT_THAT(said, Not(HasSubstr("-token-0123456789")));
  for (const char* name : {"server", "kim"}) {
    const std::string key = ReadText(keys.folder(name) + "/key.pem");
    EXPECT_THAT(said, Not(HasSubstr(key.substr(key.find('\n') + 1, 32))));
  }
}

}  // namespace
}  // namespace evoke
