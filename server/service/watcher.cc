#include "server/service/watcher.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/experiment/limits.h"
#include "server/service/status.h"

namespace evoke {
namespace {

constexpr int kChunk = 128;

bool EndsExperiment(const v1::ExperimentEvent& event) {
  const auto state = event.experiment().state();
  return event.has_experiment() &&
         (state == v1::Experiment::STATE_SUCCEEDED || state == v1::Experiment::STATE_STOPPED ||
          state == v1::Experiment::STATE_FAILED);
}

}  // namespace

Watcher* Watcher::Start(ExperimentManager* manager, WorkerPool* pool, std::atomic<int>* open,
                        const v1::WatchExperimentRequest& request) {
  const bool too_many = open->fetch_add(1) >= kMaxWatchers;
  std::shared_ptr<Watcher> watcher(new Watcher(manager, pool, open, request));
  watcher->self_ = watcher;
  watcher->listener_ =
      manager->Listen([weak = std::weak_ptr<Watcher>(watcher)](const std::string& experiment) {
        const std::shared_ptr<Watcher> it = weak.lock();
        if (it == nullptr || experiment != it->request_.name()) return;
        MutexLock lock(&it->mutex_);
        it->news_ = true;
        if (!it->busy_) it->SchedulePull();
      });
  MutexLock lock(&watcher->mutex_);
  if (too_many) {
    watcher->End(ToGrpc(absl::ResourceExhaustedError(absl::StrCat(
        "the server has ", kMaxWatchers, " watchers, as many as it takes; end some of them"))));
  } else if (request.after_sequence() < 0) {
    watcher->End(ToGrpc(absl::InvalidArgumentError("after_sequence: must not be negative")));
  } else if (!watcher->busy_) {
    watcher->SchedulePull();
  }
  return watcher.get();
}

void Watcher::SchedulePull() {
  if (finished_) return;
  busy_ = true;
  news_ = false;
  pool_->Add([it = shared_from_this()] { it->Pull(); });
}

void Watcher::Pull() {
  int64_t after;
  {
    MutexLock lock(&mutex_);
    after = last_;
  }
  absl::StatusOr<std::vector<v1::ExperimentEvent>> events =
      manager_->ledger().ReadEvents(request_.name(), after, kChunk);
  // Nothing new: an experiment that has ended won't bring more.
  v1::ExperimentEvent state;
  if (events.ok() && events->empty()) {
    const absl::StatusOr<v1::Experiment> stored = manager_->ledger().GetExperiment(request_.name());
    if (stored.ok()) *state.mutable_experiment() = *stored;
  }
  MutexLock lock(&mutex_);
  if (finished_) return;
  if (!events.ok()) return End(ToGrpc(events.status()));
  if (!events->empty()) {
    chunk_ = *std::move(events);
    written_ = 0;
    last_ = chunk_.back().sequence();
    StartWrite(&chunk_[0]);
    return;
  }
  if (!request_.follow()) return End(grpc::Status::OK);
  busy_ = false;
  if (news_) {
    SchedulePull();
    return;
  }
  if (EndsExperiment(state)) End(grpc::Status::OK);
}

void Watcher::OnWriteDone(bool ok) {
  MutexLock lock(&mutex_);
  if (finished_) return;
  if (!ok) return End(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the stream broke"));
  const bool last_of_all = EndsExperiment(chunk_[written_]);
  ++written_;
  if (last_of_all && request_.follow()) return End(grpc::Status::OK);
  if (written_ < chunk_.size()) {
    StartWrite(&chunk_[written_]);
  } else {
    SchedulePull();
  }
}

void Watcher::OnCancel() {
  MutexLock lock(&mutex_);
  End(grpc::Status::CANCELLED);
}

void Watcher::End(const grpc::Status& status) {
  if (std::exchange(finished_, true)) return;
  Finish(status);
}

void Watcher::OnDone() {
  manager_->Unlisten(listener_);
  --*open_;
  self_.reset();
}

}  // namespace evoke
