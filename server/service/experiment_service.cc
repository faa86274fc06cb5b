#include "server/service/experiment_service.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/resource_name.h"
#include "common/status_macros.h"
#include "server/service/page.h"
#include "server/service/status.h"
#include "server/service/watcher.h"

namespace evoke {
namespace {

constexpr size_t kMaxText = 65536;

absl::Status CheckText(absl::string_view field, const std::string& text) {
  if (text.size() <= kMaxText) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(field, ": ", text.size(), " bytes; at most ", kMaxText));
}

}  // namespace

grpc::ServerUnaryReactor* ExperimentService::OnPool(grpc::CallbackServerContext* context,
                                                    std::function<absl::Status()> work) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  pool_->Add([reactor, work = std::move(work)] { reactor->Finish(ToGrpc(work())); });
  return reactor;
}

grpc::ServerUnaryReactor* ExperimentService::CreateExperiment(
    grpc::CallbackServerContext* context, const v1::CreateExperimentRequest* request,
    v1::Experiment* response) {
  return OnPool(context, [this, request, response] {
    EVOKE_ASSIGN_OR_RETURN(*response,
                           manager_->Create(request->experiment_id(), request->experiment(),
                                            request->validate_only()));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ExperimentService::GetExperiment(grpc::CallbackServerContext* context,
                                                           const v1::GetExperimentRequest* request,
                                                           v1::Experiment* response) {
  return OnPool(context, [this, request, response] {
    EVOKE_ASSIGN_OR_RETURN(*response, manager_->Get(request->name()));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ExperimentService::ListExperiments(
    grpc::CallbackServerContext* context, const v1::ListExperimentsRequest* request,
    v1::ListExperimentsResponse* response) {
  return OnPool(context, [this, request, response] {
    EVOKE_ASSIGN_OR_RETURN(const int limit, PageSize(request->page_size()));
    EVOKE_ASSIGN_OR_RETURN(std::vector<v1::Experiment> experiments,
                           manager_->List(request->page_token(), limit));
    for (v1::Experiment& e : experiments) *response->add_experiments() = std::move(e);
    if (response->experiments_size() == limit) {
      response->set_next_page_token(response->experiments(limit - 1).name());
    }
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ExperimentService::ChangeState(grpc::CallbackServerContext* context,
                                                         const std::string& name,
                                                         v1::Experiment::State state,
                                                         const std::string& reason,
                                                         v1::Experiment* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  absl::Status status = CheckText("reason", reason);
  if (status.ok()) {
    const auto runner = manager_->Runner(name);
    status = runner.status();
    if (status.ok()) {
      (*runner)->ChangeState(state, reason, [reactor, response](absl::StatusOr<v1::Experiment> e) {
        if (e.ok()) *response = *std::move(e);
        reactor->Finish(ToGrpc(e.status()));
      });
      return reactor;
    }
    // Ended in an earlier session: stopping it again has no effect and is no error.
    if (const auto ended = manager_->Get(name); ended.ok() && ended->state() == state) {
      *response = *ended;
      status = absl::OkStatus();
    }
  }
  reactor->Finish(ToGrpc(status));
  return reactor;
}

grpc::ServerUnaryReactor* ExperimentService::StopExperiment(
    grpc::CallbackServerContext* context, const v1::StopExperimentRequest* request,
    v1::Experiment* response) {
  return ChangeState(context, request->name(), v1::Experiment::STATE_STOPPED,
                     request->reason().empty() ? "stopped by the operator" : request->reason(),
                     response);
}

grpc::ServerUnaryReactor* ExperimentService::PauseExperiment(
    grpc::CallbackServerContext* context, const v1::PauseExperimentRequest* request,
    v1::Experiment* response) {
  return ChangeState(context, request->name(), v1::Experiment::STATE_PAUSED,
                     request->reason().empty() ? "paused by the operator" : request->reason(),
                     response);
}

grpc::ServerUnaryReactor* ExperimentService::ResumeExperiment(
    grpc::CallbackServerContext* context, const v1::ResumeExperimentRequest* request,
    v1::Experiment* response) {
  return ChangeState(context, request->name(), v1::Experiment::STATE_ACTIVE,
                     "resumed by the operator", response);
}

grpc::ServerUnaryReactor* ExperimentService::AddComment(grpc::CallbackServerContext* context,
                                                        const v1::AddCommentRequest* request,
                                                        v1::ExperimentEvent* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  absl::Status status = CheckText("comment.text", request->comment().text());
  if (status.ok()) status = CheckText("comment.author", request->comment().author());
  if (status.ok() && request->comment().text().empty()) {
    status = absl::InvalidArgumentError("comment.text: missing");
  }
  if (status.ok()) {
    const auto runner = manager_->Runner(request->name());
    status = runner.status();
    if (status.ok()) {
      (*runner)->AddComment(request->comment(),
                            [reactor, response](absl::StatusOr<v1::ExperimentEvent> event) {
                              if (event.ok()) *response = *std::move(event);
                              reactor->Finish(ToGrpc(event.status()));
                            });
      return reactor;
    }
  }
  reactor->Finish(ToGrpc(status));
  return reactor;
}

grpc::ServerWriteReactor<v1::ExperimentEvent>* ExperimentService::WatchExperiment(
    grpc::CallbackServerContext* context, const v1::WatchExperimentRequest* request) {
  return Watcher::Start(manager_, pool_, *request);
}

grpc::ServerUnaryReactor* ExperimentService::ListTrials(grpc::CallbackServerContext* context,
                                                        const v1::ListTrialsRequest* request,
                                                        v1::ListTrialsResponse* response) {
  return OnPool(context, [this, request, response] {
    EVOKE_RETURN_IF_ERROR(ParseExperimentName(request->parent()).status());
    EVOKE_ASSIGN_OR_RETURN(const int limit, PageSize(request->page_size()));
    int64_t after = 0;
    if (!request->page_token().empty() && !absl::SimpleAtoi(request->page_token(), &after)) {
      return absl::InvalidArgumentError(
          "page_token: not one of ours; pass next_page_token of the page before");
    }
    EVOKE_ASSIGN_OR_RETURN(std::vector<v1::Trial> trials,
                           manager_->ledger().ListTrials(request->parent(), after, limit));
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
  return OnPool(context, [this, request, response] {
    EVOKE_ASSIGN_OR_RETURN(*response,
                           manager_->GetStimulus(request->name(), request->include_image()));
    return absl::OkStatus();
  });
}

}  // namespace evoke
