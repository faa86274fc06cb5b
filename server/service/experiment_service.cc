#include "server/service/experiment_service.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/resource_name.h"
#include "common/status_macros.h"
#include "server/experiment/limits.h"
#include "server/service/page.h"
#include "server/service/status.h"
#include "server/service/stream_reactor.h"
#include "server/service/watcher.h"

namespace evoke {

grpc::ServerUnaryReactor* ExperimentService::OnPool(
    grpc::CallbackServerContext* context, const google::protobuf::Message& request,
    std::function<absl::Status(ExperimentManager&)> work) {
  const auto manager = gate_->Enter(*context, request);
  if (!manager.ok()) return Refuse(context, manager.status());
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  if (!pool_->TryAdd([reactor, manager = *manager, work = std::move(work)] {
        reactor->Finish(ToGrpc(work(*manager)));
      })) {
    reactor->Finish(ToGrpc(absl::ResourceExhaustedError(absl::StrCat(
        "the server is busy: ", kMaxQueuedCalls, " calls wait already; try again later"))));
  }
  return reactor;
}

grpc::ServerUnaryReactor* ExperimentService::CreateExperiment(
    grpc::CallbackServerContext* context, const v1::CreateExperimentRequest* request,
    v1::Experiment* response) {
  return OnPool(context, *request, [request, response](ExperimentManager& manager) {
    EVOKE_ASSIGN_OR_RETURN(
        *response,
        manager.Create(request->experiment_id(), request->experiment(), request->validate_only()));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ExperimentService::GetExperiment(grpc::CallbackServerContext* context,
                                                           const v1::GetExperimentRequest* request,
                                                           v1::Experiment* response) {
  return OnPool(context, *request, [request, response](ExperimentManager& manager) {
    EVOKE_ASSIGN_OR_RETURN(*response, manager.Get(request->name()));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ExperimentService::ListExperiments(
    grpc::CallbackServerContext* context, const v1::ListExperimentsRequest* request,
    v1::ListExperimentsResponse* response) {
  return OnPool(context, *request, [request, response](ExperimentManager& manager) {
    EVOKE_ASSIGN_OR_RETURN(const int limit, PageSize(request->page_size()));
    EVOKE_ASSIGN_OR_RETURN(std::vector<v1::Experiment> experiments,
                           manager.List(request->page_token(), limit));
    for (v1::Experiment& e : experiments) *response->add_experiments() = std::move(e);
    if (response->experiments_size() == limit) {
      response->set_next_page_token(response->experiments(limit - 1).name());
    }
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ExperimentService::ChangeState(grpc::CallbackServerContext* context,
                                                         const google::protobuf::Message& request,
                                                         const std::string& name,
                                                         v1::Experiment::State state,
                                                         const std::string& reason,
                                                         v1::Experiment* response) {
  const auto manager = gate_->Enter(*context, request);
  if (!manager.ok()) return Refuse(context, manager.status());
  const auto runner = (*manager)->Runner(name);
  if (!runner.ok()) {
    // Ended in an earlier session: stopping it again has no effect and is no error.
    const auto ended = (*manager)->Get(name);
    if (!ended.ok() || ended->state() != state) return Refuse(context, runner.status());
    *response = *ended;
    return Refuse(context, absl::OkStatus());
  }
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  (*runner)->ChangeState(state, reason, [reactor, response](absl::StatusOr<v1::Experiment> e) {
    if (e.ok()) *response = *std::move(e);
    reactor->Finish(ToGrpc(e.status()));
  });
  return reactor;
}

grpc::ServerUnaryReactor* ExperimentService::StopExperiment(
    grpc::CallbackServerContext* context, const v1::StopExperimentRequest* request,
    v1::Experiment* response) {
  return ChangeState(context, *request, request->name(), v1::Experiment::STATE_STOPPED,
                     request->reason().empty() ? "stopped by the operator" : request->reason(),
                     response);
}

grpc::ServerUnaryReactor* ExperimentService::PauseExperiment(
    grpc::CallbackServerContext* context, const v1::PauseExperimentRequest* request,
    v1::Experiment* response) {
  return ChangeState(context, *request, request->name(), v1::Experiment::STATE_PAUSED,
                     request->reason().empty() ? "paused by the operator" : request->reason(),
                     response);
}

grpc::ServerUnaryReactor* ExperimentService::ResumeExperiment(
    grpc::CallbackServerContext* context, const v1::ResumeExperimentRequest* request,
    v1::Experiment* response) {
  return ChangeState(context, *request, request->name(), v1::Experiment::STATE_ACTIVE,
                     "resumed by the operator", response);
}

grpc::ServerUnaryReactor* ExperimentService::AbortStimulus(grpc::CallbackServerContext* context,
                                                           const v1::AbortStimulusRequest* request,
                                                           v1::AbortStimulusResponse* response) {
  // Not on the pool: an eye that has left the fixation point waits for nobody.
  const auto manager = gate_->Enter(*context, *request);
  if (!manager.ok()) return Refuse(context, manager.status());
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const absl::StatusOr<int> told = (*manager)->AbortStimulus(request->name(), request->reason());
  if (told.ok()) response->set_displays(*told);
  reactor->Finish(ToGrpc(told.status()));
  return reactor;
}

grpc::ServerUnaryReactor* ExperimentService::AddComment(grpc::CallbackServerContext* context,
                                                        const v1::AddCommentRequest* request,
                                                        v1::ExperimentEvent* response) {
  const auto manager = gate_->Enter(*context, *request);
  if (!manager.ok()) return Refuse(context, manager.status());
  if (request->comment().text().empty()) {
    return Refuse(context, absl::InvalidArgumentError("comment.text: missing"));
  }
  const auto runner = (*manager)->Runner(request->name());
  if (!runner.ok()) return Refuse(context, runner.status());
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  (*runner)->AddComment(request->comment(),
                        [reactor, response](absl::StatusOr<v1::ExperimentEvent> event) {
                          if (event.ok()) *response = *std::move(event);
                          reactor->Finish(ToGrpc(event.status()));
                        });
  return reactor;
}

grpc::ServerWriteReactor<v1::ExperimentEvent>* ExperimentService::WatchExperiment(
    grpc::CallbackServerContext* context, const v1::WatchExperimentRequest* request) {
  const auto manager = gate_->Enter(*context, *request);
  if (!manager.ok()) {
    return StreamReactor<v1::ExperimentEvent>::Fail(ToGrpc(manager.status()));
  }
  return Watcher::Start(*manager, pool_, &watchers_, *request);
}

grpc::ServerUnaryReactor* ExperimentService::ListTrials(grpc::CallbackServerContext* context,
                                                        const v1::ListTrialsRequest* request,
                                                        v1::ListTrialsResponse* response) {
  return OnPool(context, *request, [request, response](ExperimentManager& manager) {
    EVOKE_RETURN_IF_ERROR(ParseExperimentName(request->parent()).status());
    EVOKE_ASSIGN_OR_RETURN(const int limit, PageSize(request->page_size()));
    int64_t after = 0;
    if (!request->page_token().empty() && !absl::SimpleAtoi(request->page_token(), &after)) {
      return absl::InvalidArgumentError(
          "page_token: not one of ours; pass next_page_token of the page before");
    }
    EVOKE_ASSIGN_OR_RETURN(std::vector<v1::Trial> trials,
                           manager.ledger().ListTrials(request->parent(), after, limit));
    if (static_cast<int>(trials.size()) == limit) {
      EVOKE_ASSIGN_OR_RETURN(const ParsedTrialName last, ParseTrialName(trials.back().name()));
      response->set_next_page_token(absl::StrCat(last.number));
    }
    for (v1::Trial& trial : trials) *response->add_trials() = std::move(trial);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ExperimentService::GetStimulus(grpc::CallbackServerContext* context,
                                                         const v1::GetStimulusRequest* request,
                                                         v1::Stimulus* response) {
  return OnPool(context, *request, [request, response](ExperimentManager& manager) {
    EVOKE_ASSIGN_OR_RETURN(*response,
                           manager.GetStimulus(request->name(), request->include_image()));
    return absl::OkStatus();
  });
}

}  // namespace evoke
