#include "server/experiment/runner.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/resource_name.h"
#include "common/status_macros.h"
#include "server/experiment/spec.h"
#include "spdlog/spdlog.h"

namespace evoke {
namespace {

// How often a failing ledger is tried again.
constexpr absl::Duration kRetry = absl::Seconds(1);

}  // namespace

ExperimentRunner::ExperimentRunner(std::unique_ptr<Experiment> experiment, StimulusSource source,
                                   Ledger* ledger, const Clock* clock, ClientRegistry* clients,
                                   RunnerOptions options, std::function<void(int64_t)> on_event)
    : experiment_(std::move(experiment)),
      source_(std::move(source)),
      images_(&source_),
      ledger_(ledger),
      clock_(clock),
      clients_(clients),
      options_(std::move(options)),
      on_event_(std::move(on_event)),
      streams_(clients),
      published_(experiment_->snapshot()) {
  thread_ = std::thread([this] { Loop(); });
}

ExperimentRunner::~ExperimentRunner() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    wake_.Signal();
  }
  thread_.join();
  for (auto& task : tasks_) task(absl::CancelledError("the server is shutting down"));
}

v1::Experiment ExperimentRunner::Snapshot() const {
  MutexLock lock(&mutex_);
  return published_;
}

void ExperimentRunner::Post(std::function<void(absl::Status)> task) {
  MutexLock lock(&mutex_);
  tasks_.push_back(std::move(task));
  wake_.Signal();
}

void ExperimentRunner::Poke() {
  MutexLock lock(&mutex_);
  poked_ = true;
  wake_.Signal();
}

void ExperimentRunner::Loop() {
  absl::Status trouble;
  while (true) {
    std::deque<std::function<void(absl::Status)>> tasks;
    {
      MutexLock lock(&mutex_);
      const absl::Duration timeout = trouble.ok() ? UntilNextDeadline() : kRetry;
      if (tasks_.empty() && !poked_ && !stopping_) wake_.WaitWithTimeout(&mutex_, timeout);
      if (stopping_) return;
      poked_ = false;
      tasks.swap(tasks_);
    }
    for (auto& task : tasks) task(absl::OkStatus());
    const bool was_well = trouble.ok();
    // While nothing could be recorded, nobody could report: every wait starts anew.
    if (std::exchange(record_failed_, false)) waits_.clear();
    trouble = Advance();
    TellHeld();
    if (!trouble.ok() && was_well) {
      spdlog::error("{}: {}", experiment_->snapshot().name(), std::string(trouble.message()));
    }
    PublishSnapshot(trouble);
  }
}

absl::Duration ExperimentRunner::UntilNextDeadline() const {
  int64_t next = INT64_MAX;
  for (const auto& [trial, wait] : waits_) next = std::min(next, wait.deadline_nanos);
  if (absent_since_nanos_ != 0) {
    next = std::min(next, absent_since_nanos_ + absl::ToInt64Nanoseconds(options_.absence_grace));
  }
  if (next == INT64_MAX) return absl::InfiniteDuration();
  return std::max(absl::Milliseconds(1), absl::Nanoseconds(next - clock_->MonotonicNanos()));
}

absl::Status ExperimentRunner::Advance() {
  if (experiment_->ended()) {
    waits_.clear();
    images_.Clear();
    absent_since_nanos_ = 0;
    return absl::OkStatus();
  }
  EVOKE_RETURN_IF_ERROR(ExpireWaits());
  EVOKE_RETURN_IF_ERROR(UpdatePresence());
  EVOKE_RETURN_IF_ERROR(PlanAll());
  return LeaseAll();
}

absl::Status ExperimentRunner::Record(std::vector<v1::ExperimentEvent> events) {
  return RecordStamped(&events);
}

absl::Status ExperimentRunner::RecordStamped(std::vector<v1::ExperimentEvent>* stamped) {
  std::vector<v1::ExperimentEvent>& events = *stamped;
  if (events.empty()) return absl::OkStatus();
  int64_t sequence = experiment_->last_sequence();
  for (v1::ExperimentEvent& event : events) {
    event.set_sequence(++sequence);
    *event.mutable_time() = ToProto(clock_->Now());
    event.set_session(options_.session);
  }
  const absl::Status appended = ledger_->Append(experiment_->snapshot().name(), events);
  if (!appended.ok()) record_failed_ = true;
  EVOKE_RETURN_IF_ERROR(appended);
  for (const v1::ExperimentEvent& event : events) {
    EVOKE_RETURN_IF_ERROR(experiment_->Apply(event));
    on_event_(event.sequence());
  }
  PublishSnapshot(absl::OkStatus());
  return absl::OkStatus();
}

void ExperimentRunner::PublishSnapshot(const absl::Status& trouble) {
  MutexLock lock(&mutex_);
  published_ = experiment_->snapshot();
  if (!trouble.ok() && !experiment_->ended()) {
    published_.set_state(v1::Experiment::STATE_PAUSED);
    published_.set_state_reason(std::string(trouble.message()));
  }
}

// ---- what follows from the state ----

absl::Duration ExperimentRunner::TrialTime() const {
  const v1::PresentationSpec& spec = experiment_->snapshot().presentation();
  return FromProto(spec.on_duration()) +
         std::max(FromProto(spec.off_duration()), FromProto(spec.min_inter_trial()));
}

absl::Duration ExperimentRunner::LeaseTime(const std::string& display) const {
  // A lease may wait behind the others that its display holds, also those of other experiments.
  int prefetch = 1;
  for (const auto& stream : streams_.displays()) prefetch = std::max(prefetch, stream->prefetch);
  return options_.lease_duration + prefetch * TrialTime() + clients_->HeldTime(display);
}

void ExperimentRunner::TellHeld() {
  for (const auto& stream : streams_.displays()) {
    const int leased = experiment_->ended()
                           ? 0
                           : static_cast<int>(experiment_->trials().LeasedBy(stream->display));
    clients_->SetHeld(stream->display, experiment_->snapshot().name(), leased * TrialTime());
  }
}

absl::Duration ExperimentRunner::ResponseTime() const {
  // The response can't be known before its window has passed.
  return options_.response_timeout +
         FromProto(experiment_->snapshot().objective().latency_window().end());
}

absl::Status ExperimentRunner::ExpireWaits() {
  const int64_t now = clock_->MonotonicNanos();
  std::map<int64_t, Wait> waits;
  std::vector<int64_t> expired;
  const auto watch = [&](int64_t number, absl::Duration allowed) {
    const v1::Trial& trial = *experiment_->trials().Find(number);
    const auto old = waits_.find(number);
    Wait wait{trial.attempt(), trial.state(), now + absl::ToInt64Nanoseconds(allowed)};
    // A display that says why it shows nothing now keeps its leases: time begins when it goes on.
    const bool held =
        trial.state() == v1::Trial::STATE_LEASED && !clients_->Trouble(trial.display()).empty();
    if (!held && old != waits_.end() && old->second.attempt == wait.attempt &&
        old->second.state == wait.state) {
      wait.deadline_nanos = old->second.deadline_nanos;
    }
    if (wait.deadline_nanos <= now) expired.push_back(number);
    waits[number] = wait;
  };
  for (int64_t n : experiment_->trials().leased()) {
    watch(n, LeaseTime(experiment_->trials().Find(n)->display()));
  }
  for (int64_t n : experiment_->trials().presented()) watch(n, ResponseTime());
  waits_ = std::move(waits);
  for (int64_t number : expired) {
    const v1::Trial& trial = *experiment_->trials().Find(number);
    const std::string reason =
        trial.state() == v1::Trial::STATE_LEASED
            ? absl::StrFormat("no presentation reported by %s in time", trial.display())
            : absl::StrFormat("no response within %s", absl::FormatDuration(ResponseTime()));
    EVOKE_RETURN_IF_ERROR(Record(experiment_->DecideFailedAttempt(number, reason).events));
    waits_.erase(number);
  }
  return absl::OkStatus();
}

const BackendStream* ExperimentRunner::ChosenBackend() const {
  return streams_.ChosenBackend(experiment_->snapshot().objective());
}

absl::Status ExperimentRunner::UpdatePresence() {
  v1::Experiment::PauseCause cause;
  const std::string missing = streams_.Missing(experiment_->snapshot().objective(), &cause);
  const v1::Experiment& snapshot = experiment_->snapshot();
  if (missing.empty()) {
    absent_since_nanos_ = 0;
    // Only what an absence paused resumes by itself.
    if (snapshot.state() == v1::Experiment::STATE_PAUSED &&
        snapshot.pause_cause() != v1::Experiment::PAUSE_CAUSE_OPERATOR) {
      return Record(experiment_
                        ->DecideState(v1::Experiment::STATE_ACTIVE,
                                      v1::Experiment::PAUSE_CAUSE_UNSPECIFIED,
                                      "all clients are connected")
                        .events);
    }
    return absl::OkStatus();
  }
  if (snapshot.state() != v1::Experiment::STATE_ACTIVE) {
    absent_since_nanos_ = 0;
    if (snapshot.state() != v1::Experiment::STATE_PAUSED ||
        snapshot.pause_cause() == v1::Experiment::PAUSE_CAUSE_OPERATOR) {
      return absl::OkStatus();
    }
    // The operator mended one thing, and now has to see the next.
    return Record(experiment_->DecideState(v1::Experiment::STATE_PAUSED, cause, missing).events);
  }
  const int64_t now = clock_->MonotonicNanos();
  if (absent_since_nanos_ == 0) absent_since_nanos_ = now;
  if (now - absent_since_nanos_ < absl::ToInt64Nanoseconds(options_.absence_grace)) {
    return absl::OkStatus();
  }
  absent_since_nanos_ = 0;
  spdlog::warn("{}: paused: {}", snapshot.name(), missing);
  return Record(experiment_->DecideState(v1::Experiment::STATE_PAUSED, cause, missing).events);
}

absl::Status ExperimentRunner::PlanAll() {
  while (experiment_->NeedsPlan()) {
    absl::StatusOr<std::vector<v1::ExperimentEvent>> events = experiment_->Plan();
    absl::Status status = events.status();
    if (status.ok() && events->front().has_generation()) {
      status = images_.OnPlan(*events->front().mutable_generation());
    }
    if (!status.ok()) return Record(experiment_->DecideFailure(status).events);
    const bool fruitless = Experiment::IsFruitless(events->front());
    EVOKE_RETURN_IF_ERROR(Record(*std::move(events)));
    if (fruitless) {
      EVOKE_RETURN_IF_ERROR(Record(
          experiment_
              ->DecideState(v1::Experiment::STATE_PAUSED, v1::Experiment::PAUSE_CAUSE_OPERATOR,
                            absl::StrCat("no trial of the last block succeeded (",
                                         experiment_->trials().all().back().state_reason(),
                                         "); mend the cause, then resume"))
              .events));
    }
  }
  return absl::OkStatus();
}

absl::Status ExperimentRunner::LeaseAll() {
  if (experiment_->snapshot().state() != v1::Experiment::STATE_ACTIVE) return absl::OkStatus();
  // Nothing is shown that nobody would answer to.
  if (ChosenBackend() == nullptr) return absl::OkStatus();
  for (const auto& stream : streams_.displays()) {
    if (!clients_->IsReady(stream->display)) continue;
    // A backend that can't keep up holds the display back, so that no answer comes too late.
    const size_t most_unanswered = 2 * static_cast<size_t>(stream->prefetch);
    while (experiment_->trials().LeasedBy(stream->display) < stream->prefetch &&
           experiment_->trials().presented().size() < most_unanswered) {
      const int64_t trial = experiment_->trials().NextPending();
      if (trial == 0) return absl::OkStatus();
      EVOKE_RETURN_IF_ERROR(Record(
          experiment_->DecideLease(trial, stream->display, clients_->NextSyncCode(stream->display))
              .events));
      waits_[trial] = {
          experiment_->trials().Find(trial)->attempt(), v1::Trial::STATE_LEASED,
          clock_->MonotonicNanos() + absl::ToInt64Nanoseconds(LeaseTime(stream->display))};
      EVOKE_RETURN_IF_ERROR(SendLease(*stream, trial));
      TellHeld();
    }
  }
  return absl::OkStatus();
}

// ---- sending ----

absl::StatusOr<v1::Stimulus> ExperimentRunner::WithImage(const std::string& name) {
  v1::Stimulus stimulus = *experiment_->FindStimulus(name);
  EVOKE_RETURN_IF_ERROR(images_.Render({stimulus}));
  *stimulus.mutable_image() = ToProto(images_.Of(name));
  return stimulus;
}

absl::Status ExperimentRunner::SendLease(const DisplayStream& stream, int64_t number) {
  v1::TrialLease lease;
  *lease.mutable_trial() = *experiment_->trials().Find(number);
  EVOKE_ASSIGN_OR_RETURN(*lease.mutable_stimulus(), WithImage(lease.trial().stimulus()));
  *lease.mutable_presentation() = experiment_->snapshot().presentation();
  *lease.mutable_lease_duration() = ToProto(LeaseTime(stream.display));
  stream.send(std::move(lease));
  return absl::OkStatus();
}

absl::StatusOr<v1::PresentationNotice> ExperimentRunner::MakeNotice(int64_t number,
                                                                    bool with_image) {
  v1::PresentationNotice notice;
  *notice.mutable_trial() = *experiment_->trials().Find(number);
  if (with_image) {
    EVOKE_ASSIGN_OR_RETURN(*notice.mutable_stimulus(), WithImage(notice.trial().stimulus()));
  } else {
    *notice.mutable_stimulus() = *experiment_->FindStimulus(notice.trial().stimulus());
  }
  *notice.mutable_objective() = experiment_->snapshot().objective();
  notice.set_seed(experiment_->snapshot().optimizer().seed());
  *notice.mutable_shown() = experiment_->snapshot().presentation();
  return notice;
}

void ExperimentRunner::SendNotice(int64_t number) {
  const BackendStream* stream = ChosenBackend();
  if (stream == nullptr) return;  // sent again when one attaches
  const absl::StatusOr<v1::Client> client = clients_->Get(stream->backend);
  absl::StatusOr<v1::PresentationNotice> notice =
      MakeNotice(number, client.ok() && client->backend().needs_image());
  if (!notice.ok()) {
    spdlog::error("{}: {}", experiment_->trials().Find(number)->name(),
                  std::string(notice.status().message()));
    return;  // the trial's response times out
  }
  stream->send(*std::move(notice));
}

void ExperimentRunner::TellObservers(int64_t number, const v1::ReportPresentationRequest& report) {
  if (streams_.observers().empty()) return;
  absl::StatusOr<v1::PresentationNotice> notice = MakeNotice(number, /*with_image=*/true);
  if (!notice.ok()) {
    spdlog::error("{}", std::string(notice.status().message()));
    return;
  }
  // Also of an attempt that had been given up: it was on the screen.
  notice->mutable_trial()->set_attempt(report.attempt());
  *notice->mutable_trial()->mutable_presentation() = report.presentation();
  for (const auto& stream : streams_.observers()) {
    // One that does not answer any more would only pile them up.
    if (clients_->IsReady(stream->backend)) stream->send(*notice);
  }
}

void ExperimentRunner::ResendNotices() {
  for (int64_t number : experiment_->trials().presented()) SendNotice(number);
}

// ---- commands ----

void ExperimentRunner::ReportDone(absl::StatusOr<Decision> decision,
                                  const Done<v1::ReportResult>& done) {
  if (!decision.ok()) return done(decision.status());
  if (absl::Status status = Record(std::move(decision->events)); !status.ok()) return done(status);
  done(std::move(decision->result));
}

void ExperimentRunner::ReportPresentation(v1::ReportPresentationRequest request,
                                          Done<v1::ReportResult> done) {
  Post([this, request = std::move(request), done = std::move(done)](absl::Status status) {
    if (!status.ok()) return done(status);
    const absl::StatusOr<ParsedTrialName> name = ParseTrialName(request.trial());
    if (!name.ok()) return done(name.status());
    absl::StatusOr<Decision> decision =
        experiment_->DecidePresentation(name->number, request.attempt(), request.presentation());
    const bool seen =
        decision.ok() && !decision->events.empty() && request.presentation().has_onset();
    ReportDone(std::move(decision), done);
    if (seen) TellObservers(name->number, request);
    const v1::Trial* trial = experiment_->trials().Find(name->number);
    if (trial != nullptr && trial->state() == v1::Trial::STATE_PRESENTED &&
        trial->attempt() == request.attempt()) {
      SendNotice(name->number);
    }
  });
}

void ExperimentRunner::ReportResponse(v1::ReportResponseRequest request,
                                      Done<v1::ReportResult> done) {
  Post([this, request = std::move(request), done = std::move(done)](absl::Status status) {
    if (!status.ok()) return done(status);
    const absl::StatusOr<ParsedTrialName> name = ParseTrialName(request.trial());
    if (!name.ok()) return done(name.status());
    ReportDone(experiment_->DecideResponse(name->number, request.attempt(), request.response()),
               done);
  });
}

void ExperimentRunner::ChangeState(v1::Experiment::State state, std::string reason,
                                   Done<v1::Experiment> done) {
  Post([this, state, reason = std::move(reason), done = std::move(done)](absl::Status status) {
    if (!status.ok()) return done(status);
    if (experiment_->ended() && experiment_->snapshot().state() != state) {
      return done(absl::FailedPreconditionError(
          absl::StrCat(experiment_->snapshot().name(), " has ended (",
                       v1::Experiment::State_Name(experiment_->snapshot().state()),
                       "); create a new experiment")));
    }
    const auto cause = state == v1::Experiment::STATE_PAUSED
                           ? v1::Experiment::PAUSE_CAUSE_OPERATOR
                           : v1::Experiment::PAUSE_CAUSE_UNSPECIFIED;
    status = Record(experiment_->DecideState(state, cause, reason).events);
    if (!status.ok()) return done(status);
    done(experiment_->snapshot());
  });
}

void ExperimentRunner::AddComment(v1::Comment comment, Done<v1::ExperimentEvent> done) {
  Post([this, comment = std::move(comment), done = std::move(done)](absl::Status status) {
    if (!status.ok()) return done(status);
    std::vector<v1::ExperimentEvent> events(1);
    *events[0].mutable_comment() = comment;
    status = RecordStamped(&events);
    if (!status.ok()) return done(status);
    done(std::move(events[0]));
  });
}

void ExperimentRunner::Attach(std::shared_ptr<const DisplayStream> stream) {
  Post([this, stream = std::move(stream)](absl::Status status) {
    if (!status.ok()) return;
    streams_.Add(stream);
    for (int64_t number : experiment_->trials().leased()) {
      if (experiment_->trials().Find(number)->display() != stream->display) continue;
      if (absl::Status sent = SendLease(*stream, number); !sent.ok()) {
        spdlog::error("{}", std::string(sent.message()));
      }
    }
  });
}

void ExperimentRunner::Attach(std::shared_ptr<const BackendStream> stream) {
  Post([this, stream = std::move(stream)](absl::Status status) {
    if (!status.ok()) return;
    streams_.Add(stream);
    if (ChosenBackend() == stream.get()) ResendNotices();
  });
}

void ExperimentRunner::Detach(const void* stream) {
  Post([this, stream](absl::Status status) {
    for (const auto& display : streams_.displays()) {
      if (display.get() == stream) {
        clients_->SetHeld(display->display, experiment_->snapshot().name(), absl::ZeroDuration());
      }
    }
    if (streams_.Remove(stream) && status.ok()) ResendNotices();
  });
}

void ExperimentRunner::ClientReturned() {
  Post([this](absl::Status status) {
    if (status.ok()) ResendNotices();
  });
}

void ExperimentRunner::ForgetClient(std::string client, std::string reason) {
  Post([this, client = std::move(client), reason = std::move(reason)](absl::Status status) {
    if (!status.ok()) return;
    if (status = FailAttemptsOf(client, reason); !status.ok()) {
      spdlog::error("{}", std::string(status.message()));  // the leases expire by themselves
    }
    ResendNotices();
  });
}

absl::Status ExperimentRunner::FailAttemptsOf(const std::string& client,
                                              const std::string& reason) {
  const std::set<int64_t> leased = experiment_->trials().leased();
  for (int64_t number : leased) {
    if (experiment_->trials().Find(number)->display() != client) continue;
    EVOKE_RETURN_IF_ERROR(Record(experiment_->DecideFailedAttempt(number, reason).events));
  }
  return absl::OkStatus();
}

}  // namespace evoke
