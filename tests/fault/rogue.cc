#include "tests/fault/rogue.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <limits>
#include <map>
#include <memory>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clients/api/channel.h"
#include "common/status_macros.h"
#include "evoke/v1/display_service.grpc.pb.h"
#include "evoke/v1/response_service.grpc.pb.h"
#include "grpcpp/client_context.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/impl/codegen/client_unary_call.h"

namespace evoke {
namespace {

using Result = v1::ReportResult;

class Reporter {
 public:
  explicit Reporter(const std::string& address)
      : channel_(OpenChannel(address)),
        displays_(v1::DisplayService::NewStub(channel_)),
        responses_(v1::ResponseService::NewStub(channel_)) {}

  // OK if the answer is an error or a disposition without effect.
  absl::Status Send(const v1::ReportPresentationRequest& request) {
    grpc::ClientContext context;
    SetDeadline(&context);
    Result result;
    const grpc::Status status = displays_->ReportPresentation(&context, request, &result);
    return Judge(request.ShortDebugString(), status, result);
  }
  absl::Status Send(const v1::ReportResponseRequest& request) {
    grpc::ClientContext context;
    SetDeadline(&context);
    Result result;
    const grpc::Status status = responses_->ReportResponse(&context, request, &result);
    return Judge(request.ShortDebugString(), status, result);
  }
  // Bytes instead of a message.
  absl::Status SendBytes(const std::string& method, const std::string& bytes) {
    grpc::Slice slice(bytes);
    grpc::ByteBuffer request(&slice, 1), response;
    grpc::ClientContext context;
    SetDeadline(&context);
    const grpc::internal::RpcMethod rpc(method.c_str(), nullptr,
                                        grpc::internal::RpcMethod::NORMAL_RPC, channel_);
    const grpc::Status status =
        grpc::internal::BlockingUnaryCall<grpc::ByteBuffer, grpc::ByteBuffer, grpc::ByteBuffer,
                                          grpc::ByteBuffer>(channel_.get(), rpc, &context, request,
                                                            &response);
    if (!status.ok()) return absl::OkStatus();
    return absl::InternalError(absl::StrCat(method, " took random bytes for a message"));
  }

 private:
  static void SetDeadline(grpc::ClientContext* context) {
    context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  }
  static absl::Status Judge(const std::string& report, const grpc::Status& status,
                            const Result& result) {
    if (!status.ok() || result.disposition() != Result::DISPOSITION_ACCEPTED) {
      return absl::OkStatus();
    }
    return absl::InternalError(absl::StrCat("the server accepted ", report.substr(0, 300)));
  }

  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::DisplayService::Stub> displays_;
  const std::unique_ptr<v1::ResponseService::Stub> responses_;
};

std::vector<v1::Trial> LatestTrials(absl::Span<const v1::ExperimentEvent> events) {
  std::map<std::string, v1::Trial> latest;
  for (const v1::ExperimentEvent& event : events) {
    if (event.has_trial()) latest[event.trial().name()] = event.trial();
  }
  std::vector<v1::Trial> trials;
  for (auto& [name, trial] : latest) trials.push_back(std::move(trial));
  return trials;
}

std::string RandomBytes(int size, Rng& rng) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(rng.Index(256));
  return bytes;
}

v1::ReportPresentationRequest PresentationOf(const v1::Trial& trial) {
  v1::ReportPresentationRequest request;
  request.set_trial(trial.name());
  request.set_attempt(trial.attempt());
  *request.mutable_presentation() = trial.presentation();
  return request;
}

v1::ReportResponseRequest ResponseOf(const v1::Trial& trial) {
  v1::ReportResponseRequest request;
  request.set_trial(trial.name());
  request.set_attempt(trial.attempt());
  *request.mutable_response() = trial.response();
  return request;
}

// Connects, writes the bytes, and goes away without a word.
void WriteToPort(const std::string& address, const std::string& bytes) {
  const size_t colon = address.rfind(':');
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(std::stoi(address.substr(colon + 1))));
  inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr);
  const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(client, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0) {
    (void)!send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  close(client);
}

}  // namespace

absl::Status SendForeignReports(const std::string& server_address,
                                absl::Span<const v1::ExperimentEvent> events, Rng& rng) {
  Reporter server(server_address);
  for (const v1::Trial& trial : LatestTrials(events)) {
    if (trial.has_presentation()) {
      EVOKE_RETURN_IF_ERROR(server.Send(PresentationOf(trial)));
      v1::ReportPresentationRequest other = PresentationOf(trial);
      other.mutable_presentation()->set_frames(trial.presentation().frames() + 1);
      EVOKE_RETURN_IF_ERROR(server.Send(other));
    }
    if (trial.has_response()) {
      EVOKE_RETURN_IF_ERROR(server.Send(ResponseOf(trial)));
      v1::ReportResponseRequest other = ResponseOf(trial);
      other.mutable_response()->set_spike_counts(0, trial.response().spike_counts(0) + 100);
      EVOKE_RETURN_IF_ERROR(server.Send(other));
    }
    // Somebody else's lease, attempts that never were, and the answer to something unseen.
    v1::ReportPresentationRequest foreign = PresentationOf(trial);
    foreign.mutable_presentation()->set_display("clients/rogue");
    foreign.mutable_presentation()->mutable_onset()->set_local_nanos(1);
    foreign.mutable_presentation()->set_frames(1);
    foreign.mutable_presentation()->set_outcome(v1::Presentation::OUTCOME_COMPLETED);
    EVOKE_RETURN_IF_ERROR(server.Send(foreign));
    foreign.mutable_presentation()->set_display(trial.display());
    foreign.set_attempt(trial.attempt() + 1000 + rng.Index(1000));
    EVOKE_RETURN_IF_ERROR(server.Send(foreign));
    v1::ReportResponseRequest unseen;
    unseen.set_trial(trial.name());
    unseen.set_attempt(trial.attempt() + 1000 + rng.Index(1000));
    unseen.mutable_response()->add_units("class/2");
    unseen.mutable_response()->add_spike_counts(1000);
    unseen.mutable_response()->set_backend("clients/rogue");
    EVOKE_RETURN_IF_ERROR(server.Send(unseen));
  }
  return absl::OkStatus();
}

absl::Status SendGarbage(const std::string& server_address,
                         absl::Span<const v1::ExperimentEvent> events, Rng& rng) {
  Reporter server(server_address);
  const std::vector<v1::Trial> trials = LatestTrials(events);
  const std::string known = trials.empty() ? "experiments/x/trials/1" : trials.back().name();
  const std::string experiment = known.substr(0, known.find("/trials/"));
  for (const std::string& name :
       {std::string(), std::string("x"), experiment, experiment + "/trials/",
        experiment + "/trials/0", experiment + "/trials/-1", experiment + "/trials/99999999",
        experiment + "/trials/99999999999999999999", std::string("experiments/../trials/1"),
        experiment + "/trials/1/trials/1", std::string(100000, 'a')}) {
    v1::ReportPresentationRequest presentation;
    presentation.set_trial(name);
    presentation.set_attempt(rng.Index(3));
    EVOKE_RETURN_IF_ERROR(server.Send(presentation));
    v1::ReportResponseRequest response;
    response.set_trial(name);
    response.set_attempt(rng.Index(3));
    EVOKE_RETURN_IF_ERROR(server.Send(response));
  }
  for (const int attempt : {0, -1, std::numeric_limits<int>::min()}) {
    v1::ReportResponseRequest response;
    response.set_trial(known);
    response.set_attempt(attempt);
    response.mutable_response()->add_units("class/2");
    response.mutable_response()->add_rates(std::numeric_limits<double>::quiet_NaN());
    EVOKE_RETURN_IF_ERROR(server.Send(response));
  }
  for (const char* method :
       {"/evoke.v1.DisplayService/ReportPresentation", "/evoke.v1.ResponseService/ReportResponse",
        "/evoke.v1.ClientService/Heartbeat"}) {
    // The first byte is a field of a kind that there is not.
    EVOKE_RETURN_IF_ERROR(server.SendBytes(method, "\x0f" + RandomBytes(1 + rng.Index(2000), rng)));
  }
  WriteToPort(server_address, RandomBytes(1 + rng.Index(4000), rng));
  WriteToPort(server_address, "GET / HTTP/1.1\r\nHost: evoke\r\n\r\n");
  // gRPC's greeting, then noise.
  WriteToPort(server_address,
              "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + RandomBytes(1 + rng.Index(4000), rng));
  return absl::OkStatus();
}

}  // namespace evoke
