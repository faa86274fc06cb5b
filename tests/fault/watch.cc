#include "tests/fault/watch.h"

#include <chrono>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/api/channel.h"
#include "grpcpp/client_context.h"

namespace evoke {

Watch::Watch(const std::string& server_address, std::string experiment)
    : stub_(v1::ExperimentService::NewStub(OpenChannel(server_address))),
      experiment_(std::move(experiment)) {
  thread_ = std::thread([this] { Loop(); });
}

Watch::~Watch() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    if (context_ != nullptr) context_->TryCancel();
    changed_.SignalAll();
  }
  thread_.join();
}

int Watch::scored() const {
  MutexLock lock(&mutex_);
  return scored_;
}

std::vector<v1::ExperimentEvent> Watch::events() const {
  MutexLock lock(&mutex_);
  return events_;
}

void Watch::Loop() {
  while (true) {
    grpc::ClientContext context;
    v1::WatchExperimentRequest request;
    request.set_name(experiment_);
    request.set_follow(true);
    {
      MutexLock lock(&mutex_);
      if (stopping_) return;
      context_ = &context;
      request.set_after_sequence(static_cast<int64_t>(events_.size()));
    }
    const auto stream = stub_->WatchExperiment(&context, request);
    v1::ExperimentEvent event;
    while (stream->Read(&event)) {
      MutexLock lock(&mutex_);
      events_.push_back(event);
      if (event.has_experiment()) last_ = event.experiment();
      scored_ += event.has_trial() && event.trial().state() == v1::Trial::STATE_SUCCEEDED;
      changed_.SignalAll();
    }
    const grpc::Status status = stream->Finish();
    MutexLock lock(&mutex_);
    context_ = nullptr;
    // The stream of an experiment that has ended ends by itself.
    if (stopping_ || status.ok()) return;
    trouble_ = status.error_message();
    changed_.WaitWithTimeout(&mutex_, absl::Milliseconds(50));
  }
}

absl::Status Watch::WaitFor(const std::string& what, absl::Duration timeout,
                            const std::function<bool()>& condition) {
  const absl::Time deadline = absl::Now() + timeout;
  MutexLock lock(&mutex_);
  while (!condition()) {
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) {
      return absl::DeadlineExceededError(absl::StrCat(
          "not ", what, " within ", absl::FormatDuration(timeout), ": ", scored_,
          " trials scored, last ", v1::Experiment::State_Name(last_.state()), " (",
          last_.state_reason(), ")", trouble_.empty() ? "" : "; the stream: ", trouble_));
    }
    changed_.WaitWithTimeout(&mutex_, left);
  }
  return absl::OkStatus();
}

absl::Status Watch::WaitScored(int trials, absl::Duration timeout) {
  return WaitFor(absl::StrCat(trials, " scored trials"), timeout,
                 [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return scored_ >= trials; });
}

absl::Status Watch::WaitSucceeded(absl::Duration timeout) {
  v1::Experiment::State state = v1::Experiment::STATE_UNSPECIFIED;
  const absl::Status status = WaitFor("ended", timeout, [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    state = last_.state();
    return state >= v1::Experiment::STATE_SUCCEEDED;
  });
  if (!status.ok() || state == v1::Experiment::STATE_SUCCEEDED) return status;
  return absl::InternalError(absl::StrCat("ended as ", v1::Experiment::State_Name(state)));
}

absl::Status Watch::WaitState(v1::Experiment::State state, const std::string& reason,
                              absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  v1::Experiment now;
  while (absl::Now() < deadline) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(1));
    v1::GetExperimentRequest request;
    request.set_name(experiment_);
    if (stub_->GetExperiment(&context, request, &now).ok() && now.state() == state &&
        absl::StrContains(now.state_reason(), reason)) {
      return absl::OkStatus();
    }
    absl::SleepFor(absl::Milliseconds(20));
  }
  return absl::DeadlineExceededError(
      absl::StrCat("not ", v1::Experiment::State_Name(state), " (", reason, ") within ",
                   absl::FormatDuration(timeout), " but ", v1::Experiment::State_Name(now.state()),
                   " (", now.state_reason(), ")"));
}

}  // namespace evoke
