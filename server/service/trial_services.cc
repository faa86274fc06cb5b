#include "server/service/trial_services.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/resource_name.h"
#include "server/experiment/limits.h"
#include "server/service/status.h"

namespace evoke {
namespace {

// Empty for "all of them". INVALID_ARGUMENT.
absl::StatusOr<std::string> ExperimentFilter(const std::string& experiment) {
  if (experiment.empty() || experiment == "experiments/-") return std::string();
  if (absl::Status s = ParseExperimentName(experiment).status(); !s.ok()) return s;
  return experiment;
}

// Makes a stream, connects it with the manager, and sees to its end. `Role` is DisplayStream or
// BackendStream, already filled in but for `send`.
template <typename Role, typename Message>
StreamReactor<Message>* Open(ExperimentManager* manager, OpenStreams<Message>* streams,
                             const std::string& experiment, const std::string& client, Role role) {
  const absl::StatusOr<std::string> filter = ExperimentFilter(experiment);
  if (!filter.ok()) return StreamReactor<Message>::Fail(ToGrpc(filter.status()));
  auto attached = std::make_shared<Role>(std::move(role));
  // The reactor's end detaches; until then the manager may send.
  std::shared_ptr<StreamReactor<Message>> reactor =
      StreamReactor<Message>::Start([manager, key = attached.get()] { manager->Detach(key); });
  attached->send = [reactor](Message message) { reactor->Send(std::move(message)); };
  // Tells the client that its stream is open, long before there may be anything to send.
  reactor->StartSendInitialMetadata();
  streams->Replace(client, reactor);
  if (absl::Status s = manager->Attach(*filter, std::shared_ptr<const Role>(attached)); !s.ok()) {
    reactor->End(ToGrpc(s));
  }
  return reactor.get();
}

template <typename T>
std::function<void(absl::StatusOr<T>)> FinishWith(grpc::ServerUnaryReactor* reactor, T* response) {
  return [reactor, response](absl::StatusOr<T> result) {
    if (result.ok()) *response = *std::move(result);
    reactor->Finish(ToGrpc(result.status()));
  };
}

absl::StatusOr<std::shared_ptr<ExperimentRunner>> RunnerOf(ExperimentManager* manager,
                                                           const std::string& trial) {
  absl::StatusOr<ParsedTrialName> name = ParseTrialName(trial);
  if (!name.ok()) return name.status();
  return manager->Runner(name->experiment);
}

}  // namespace

grpc::ServerWriteReactor<v1::TrialLease>* DisplayService::StreamTrials(
    grpc::CallbackServerContext* context, const v1::StreamTrialsRequest* request) {
  using Reactor = StreamReactor<v1::TrialLease>;
  const auto manager = gate_->Enter(*context, *request);
  if (!manager.ok()) return Reactor::Fail(ToGrpc(manager.status()));
  const absl::StatusOr<v1::Client> client = (*manager)->clients().Get(request->display());
  if (!client.ok()) return Reactor::Fail(ToGrpc(client.status()));
  if (!client->has_display()) {
    return Reactor::Fail(ToGrpc(absl::InvalidArgumentError(
        absl::StrCat("display: ", request->display(), " is registered as a backend"))));
  }
  if (request->prefetch() < 0 || request->prefetch() > kMaxPrefetch) {
    return Reactor::Fail(ToGrpc(absl::InvalidArgumentError(
        absl::StrCat("prefetch: ", request->prefetch(), "; allowed are 0 to ", kMaxPrefetch))));
  }
  DisplayStream role;
  role.display = request->display();
  if (request->prefetch() > 0) role.prefetch = request->prefetch();
  return Open(*manager, &streams_, request->experiment(), request->display(), std::move(role));
}

grpc::ServerUnaryReactor* DisplayService::ReportPresentation(
    grpc::CallbackServerContext* context, const v1::ReportPresentationRequest* request,
    v1::ReportResult* response) {
  const auto manager = gate_->Enter(*context, *request);
  if (!manager.ok()) return Refuse(context, manager.status());
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const auto runner = RunnerOf(*manager, request->trial());
  if (runner.ok()) {
    (*runner)->ReportPresentation(*request, FinishWith(reactor, response));
  } else {
    reactor->Finish(ToGrpc(runner.status()));
  }
  return reactor;
}

grpc::ServerWriteReactor<v1::PresentationNotice>* ResponseService::StreamPresentations(
    grpc::CallbackServerContext* context, const v1::StreamPresentationsRequest* request) {
  using Reactor = StreamReactor<v1::PresentationNotice>;
  const auto manager = gate_->Enter(*context, *request);
  if (!manager.ok()) return Reactor::Fail(ToGrpc(manager.status()));
  const absl::StatusOr<v1::Client> client = (*manager)->clients().Get(request->backend());
  if (!client.ok()) return Reactor::Fail(ToGrpc(client.status()));
  if (client->has_display()) {
    return Reactor::Fail(ToGrpc(absl::InvalidArgumentError(
        absl::StrCat("backend: ", request->backend(), " is registered as a display"))));
  }
  BackendStream role;
  role.observer = client->has_observer();
  role.backend = request->backend();
  return Open(*manager, &streams_, request->experiment(), request->backend(), std::move(role));
}

grpc::ServerUnaryReactor* ResponseService::ReportResponse(grpc::CallbackServerContext* context,
                                                          const v1::ReportResponseRequest* request,
                                                          v1::ReportResult* response) {
  const auto manager = gate_->Enter(*context, *request);
  if (!manager.ok()) return Refuse(context, manager.status());
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const auto runner = RunnerOf(*manager, request->trial());
  if (runner.ok()) {
    (*runner)->ReportResponse(*request, FinishWith(reactor, response));
  } else {
    reactor->Finish(ToGrpc(runner.status()));
  }
  return reactor;
}

}  // namespace evoke
