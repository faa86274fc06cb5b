#include "clients/rig/rig_loop.h"

#include <thread>
#include <utility>

#include "common/status_macros.h"
#include "spdlog/spdlog.h"

namespace evoke {
namespace {

// How long a quiet rig is waited for before patience and health are looked at again.
constexpr absl::Duration kWait = absl::Milliseconds(50);
constexpr int kMostPresentations = 64;

}  // namespace

RigLoop::RigLoop(Recorder* recorder, RigSession* session, PresentationSource* source,
                 ReportSink* sink, const Clock* clock, RigLoopHooks hooks, std::string backend)
    : recorder_(recorder),
      session_(session),
      source_(source),
      sink_(sink),
      clock_(clock),
      hooks_(std::move(hooks)),
      backend_(std::move(backend)) {}

void RigLoop::Stop() {
  {
    MutexLock lock(&mutex_);
    ended_ = true;
  }
  recorder_->Wake();
}

void RigLoop::TakePresentations() {
  while (true) {
    absl::StatusOr<std::vector<v1::PresentationNotice>> next = source_->Next(kMostPresentations);
    {
      MutexLock lock(&mutex_);
      if (!next.ok()) source_status_ = next.status();
      if (!next.ok() || next->empty()) {
        ended_ = true;
      } else {
        for (v1::PresentationNotice& notice : *next) notices_.push_back(std::move(notice));
      }
    }
    recorder_->Wake();
    if (!next.ok() || next->empty()) return;
  }
}

absl::Status RigLoop::Run() {
  std::thread presentations([this] { TakePresentations(); });
  absl::Status status;
  std::string trouble;
  RigData data;
  while (true) {
    status = recorder_->Read(kWait, &data);
    if (!status.ok()) break;
    for (const RigFault& fault : data.faults) spdlog::warn("{}", fault.message);
    session_->Take(data, clock_->MonotonicNanos());
    std::vector<v1::PresentationNotice> notices;
    {
      MutexLock lock(&mutex_);
      if (ended_) break;
      notices.swap(notices_);
    }
    for (v1::PresentationNotice& notice : notices) {
      const int64_t local = hooks_.to_local_nanos(notice.trial().presentation().onset());
      session_->Take(std::move(notice), local, clock_->MonotonicNanos());
    }
    if (session_->TakeChannelsChanged()) hooks_.channels(session_->Describe());
    if (std::string now = session_->trouble(clock_->MonotonicNanos()); now != trouble) {
      trouble = std::move(now);
      if (trouble.empty()) {
        spdlog::info("the rig is well again");
      } else {
        spdlog::warn("{}", trouble);
      }
      hooks_.trouble(trouble);
    }
    const std::vector<AnsweredPresentation> answers = session_->Answer(clock_->MonotonicNanos());
    Report(answers);
    hooks_.answered(*session_, answers);
    WatchHealth();
  }
  {
    MutexLock lock(&mutex_);
    if (status.ok()) status = source_status_;
  }
  hooks_.ended();
  presentations.join();
  return status;
}

void RigLoop::WatchHealth() {
  const int64_t now = clock_->MonotonicNanos();
  if (now < health_due_nanos_) return;
  health_due_nanos_ = now + 1'000'000'000;
  std::vector<ChannelHealth::State> states;
  for (const ChannelHealth::Channel& channel : session_->health().channels()) {
    states.push_back(channel.state);
  }
  if (states == health_) return;
  health_ = std::move(states);
  const std::string wrong = session_->health().Report(session_->channels());
  if (!wrong.empty()) spdlog::warn("{}", wrong);
}

void RigLoop::Report(const std::vector<AnsweredPresentation>& answers) {
  for (const AnsweredPresentation& answer : answers) {
    const v1::Trial& trial = answer.notice.trial();
    if (!answer.response.failure().empty()) {
      spdlog::warn("{} attempt {}: {}", trial.name(), trial.attempt(), answer.response.failure());
    }
    v1::ReportResponseRequest report;
    report.set_trial(trial.name());
    report.set_attempt(trial.attempt());
    *report.mutable_response() = answer.response;
    report.mutable_response()->set_backend(backend_);
    sink_->Report(std::move(report));
  }
}

}  // namespace evoke
