#include "clients/control/experiment_api.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/api/channel.h"
#include "common/status_macros.h"
#include "evoke/v1/client_service.grpc.pb.h"
#include "evoke/v1/experiment_service.grpc.pb.h"
#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"

namespace evoke {
namespace {

constexpr int kPage = 1000;
// The server finds the points of at most 256 pictures, at seconds for each.
constexpr absl::Duration kFindingPoints = absl::Minutes(30);
constexpr auto kIdle = std::chrono::milliseconds(200);

}  // namespace

struct ExperimentApi::Impl {
  Impl(const Connection& connection, absl::Duration the_timeout)
      : server(connection.address),
        timeout(the_timeout),
        channel(OpenChannel(connection)),
        experiments(v1::ExperimentService::NewStub(channel)),
        clients(v1::ClientService::NewStub(channel)) {}

  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(Stub* stub,
                                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request, absl::Duration allowed) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + allowed));
    Response response;
    EVOKE_RETURN_IF_ERROR(
        Explained(FromGrpc((stub->*method)(&context, request, &response)), allowed));
    return response;
  }
  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (v1::ExperimentService::Stub::*method)(
                                    grpc::ClientContext*, const Request&, Response*),
                                const Request& request) {
    return Call(experiments.get(), method, request, timeout);
  }

  // With what to do about it.
  absl::Status Explained(absl::Status status, absl::Duration allowed) const {
    if (absl::IsDeadlineExceeded(status)) {
      return absl::DeadlineExceededError(
          absl::StrCat("no answer from ", server, " within ", absl::FormatDuration(allowed),
                       "; start evoke-server, set --server, or wait longer with --timeout"));
    }
    if (absl::IsUnimplemented(status)) {
      return absl::UnimplementedError(
          absl::StrCat("what listens on ", server,
                       " does not know this call; is it an evoke-server of this version?"));
    }
    // Over a connection that stands, the message is the server's own; otherwise it may have been
    // explained already.
    if (absl::IsUnavailable(status) && channel->GetState(false) != GRPC_CHANNEL_READY &&
        !absl::StrContains(status.message(), "--tls")) {
      return absl::UnavailableError(absl::StrCat("no server at ", server,
                                                 "; start evoke-server or set --server (",
                                                 status.message(), ")"));
    }
    return status;
  }

  const std::string server;
  const absl::Duration timeout;
  const std::shared_ptr<grpc::Channel> channel;  // shared as gRPC has it
  const std::unique_ptr<v1::ExperimentService::Stub> experiments;
  const std::unique_ptr<v1::ClientService::Stub> clients;
};

ExperimentApi::ExperimentApi(const Connection& server, absl::Duration timeout)
    : impl_(std::make_unique<Impl>(server, timeout)) {}
ExperimentApi::~ExperimentApi() = default;

using Stub = v1::ExperimentService::Stub;

absl::StatusOr<v1::Experiment> ExperimentApi::Create(const v1::CreateExperimentRequest& request) {
  const bool from_pictures = !request.experiment().optimizer().start_reference_set().empty();
  return impl_->Call(impl_->experiments.get(), &Stub::CreateExperiment, request,
                     from_pictures ? std::max(kFindingPoints, impl_->timeout) : impl_->timeout);
}

absl::StatusOr<v1::Experiment> ExperimentApi::Get(const std::string& name) {
  v1::GetExperimentRequest request;
  request.set_name(name);
  return impl_->Call(&Stub::GetExperiment, request);
}

absl::StatusOr<std::vector<v1::Experiment>> ExperimentApi::List() {
  std::vector<v1::Experiment> all;
  v1::ListExperimentsRequest request;
  request.set_page_size(kPage);
  do {
    EVOKE_ASSIGN_OR_RETURN(v1::ListExperimentsResponse page,
                           impl_->Call(&Stub::ListExperiments, request));
    for (auto& experiment : *page.mutable_experiments()) all.push_back(std::move(experiment));
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return all;
}

absl::StatusOr<std::vector<v1::Client>> ExperimentApi::ListClients() {
  std::vector<v1::Client> all;
  v1::ListClientsRequest request;
  request.set_page_size(kPage);
  do {
    EVOKE_ASSIGN_OR_RETURN(v1::ListClientsResponse page,
                           impl_->Call(impl_->clients.get(), &v1::ClientService::Stub::ListClients,
                                       request, impl_->timeout));
    for (auto& client : *page.mutable_clients()) all.push_back(std::move(client));
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return all;
}

absl::StatusOr<std::vector<v1::Trial>> ExperimentApi::ListTrials(const std::string& name,
                                                                 int limit) {
  std::vector<v1::Trial> all;
  v1::ListTrialsRequest request;
  request.set_parent(name);
  do {
    const int left = limit == 0 ? kPage : limit - static_cast<int>(all.size());
    request.set_page_size(std::min(kPage, left));
    EVOKE_ASSIGN_OR_RETURN(v1::ListTrialsResponse page, impl_->Call(&Stub::ListTrials, request));
    for (auto& trial : *page.mutable_trials()) all.push_back(std::move(trial));
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty() && (limit == 0 || static_cast<int>(all.size()) < limit));
  return all;
}

absl::StatusOr<v1::Experiment> ExperimentApi::Pause(const std::string& name,
                                                    const std::string& reason) {
  v1::PauseExperimentRequest request;
  request.set_name(name);
  request.set_reason(reason);
  return impl_->Call(&Stub::PauseExperiment, request);
}

absl::StatusOr<v1::Experiment> ExperimentApi::Resume(const std::string& name) {
  v1::ResumeExperimentRequest request;
  request.set_name(name);
  return impl_->Call(&Stub::ResumeExperiment, request);
}

absl::StatusOr<v1::Experiment> ExperimentApi::Stop(const std::string& name,
                                                   const std::string& reason) {
  v1::StopExperimentRequest request;
  request.set_name(name);
  request.set_reason(reason);
  return impl_->Call(&Stub::StopExperiment, request);
}

absl::StatusOr<int> ExperimentApi::Abort(const std::string& name, const std::string& reason) {
  v1::AbortStimulusRequest request;
  request.set_name(name);
  request.set_reason(reason);
  EVOKE_ASSIGN_OR_RETURN(const v1::AbortStimulusResponse response,
                         impl_->Call(&Stub::AbortStimulus, request));
  return response.displays();
}

absl::StatusOr<v1::ExperimentEvent> ExperimentApi::Comment(const std::string& name,
                                                           const v1::Comment& comment) {
  v1::AddCommentRequest request;
  request.set_name(name);
  *request.mutable_comment() = comment;
  return impl_->Call(&Stub::AddComment, request);
}

absl::StatusOr<v1::Stimulus> ExperimentApi::GetStimulus(const std::string& name,
                                                        bool include_image) {
  v1::GetStimulusRequest request;
  request.set_name(name);
  request.set_include_image(include_image);
  return impl_->Call(&Stub::GetStimulus, request);
}

absl::StatusOr<Image> ExperimentApi::GetImage(const std::string& stimulus) {
  EVOKE_ASSIGN_OR_RETURN(const v1::Stimulus found, GetStimulus(stimulus, true));
  return ImageOf(found);
}

absl::Status ExperimentApi::Watch(const v1::WatchExperimentRequest& request,
                                  const std::function<void(const v1::ExperimentEvent&)>& on_event,
                                  const std::function<void()>& on_idle) {
  // A queue instead of a blocking read: the progress line moves on while no event comes.
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  const auto reader = impl_->experiments->PrepareAsyncWatchExperiment(&context, request, &queue);
  const auto wait = [&] {
    void* tag;
    bool ok;
    while (queue.AsyncNext(&tag, &ok, std::chrono::system_clock::now() + kIdle) ==
           grpc::CompletionQueue::TIMEOUT) {
      on_idle();
    }
    return ok;
  };
  reader->StartCall(nullptr);
  bool more = wait();
  v1::ExperimentEvent event;
  while (more) {
    reader->Read(&event, nullptr);
    if ((more = wait())) on_event(event);
  }
  grpc::Status status;
  reader->Finish(&status, nullptr);
  wait();
  return impl_->Explained(FromGrpc(status), impl_->timeout);
}

absl::StatusOr<Image> ImageOf(const v1::Stimulus& stimulus) {
  const v1::Image& proto = stimulus.image();
  Image image{proto.width(), proto.height(), {proto.rgb().begin(), proto.rgb().end()}};
  if (!image.valid()) {
    return absl::DataLossError(absl::StrCat(stimulus.name(), ": came without a whole image"));
  }
  return image;
}

}  // namespace evoke
