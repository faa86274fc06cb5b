#include "stimulus_display/presenter/render_thread.h"

#include <spdlog/spdlog.h>

#include <string>
#include <utility>

#include "absl/time/time.h"
#include "common/status_macros.h"
#include "stimulus_display/presenter/real_time.h"

namespace evoke {
namespace {
// Keys are answered within a refresh or two.
constexpr absl::Duration kMeanwhile = absl::Milliseconds(10);
}  // namespace

RenderThread::RenderThread(const RealTimeOptions& options)
    : options_(options), thread_([this] { Serve(); }) {
  MutexLock lock(&mutex_);
  while (!started_) changed_.Wait(&mutex_);
}

RenderThread::~RenderThread() {
  {
    MutexLock lock(&mutex_);
    ending_ = true;
    changed_.SignalAll();
  }
  thread_.join();
}

absl::Status RenderThread::Run(absl::FunctionRef<absl::Status()> job,
                               absl::FunctionRef<void()> meanwhile) {
  MutexLock lock(&mutex_);
  job_ = &job;
  changed_.SignalAll();
  while (job_ != nullptr) {
    changed_.WaitWithTimeout(&mutex_, kMeanwhile);
    if (job_ == nullptr) break;
    mutex_.Unlock();
    const bool raised = options_.priority > 1 && SetRealTimePriority(options_.priority - 1).ok();
    meanwhile();
    if (raised) SetOrdinaryPriority();
    mutex_.Lock();
  }
  return result_;
}

absl::Status RenderThread::BecomeRealTime() {
  if (options_.priority == 0) return absl::OkStatus();
  EVOKE_RETURN_IF_ERROR(SetRealTimePriority(options_.priority));
  return options_.lock_memory ? LockMemory() : absl::OkStatus();
}

void RenderThread::Serve() {
  real_time_ = BecomeRealTime();
  if (!real_time_.ok()) {
    spdlog::warn("refreshes may be missed on a busy machine: {}",
                 std::string(real_time_.message()));
  } else if (options_.priority > 0) {
    spdlog::info("the refresh thread has real-time priority {}{}", options_.priority,
                 options_.lock_memory ? " and memory is locked" : "");
  }
  MutexLock lock(&mutex_);
  started_ = true;
  changed_.SignalAll();
  while (true) {
    while (job_ == nullptr && !ending_) changed_.Wait(&mutex_);
    if (job_ == nullptr) return;
    const absl::FunctionRef<absl::Status()> job = *job_;
    mutex_.Unlock();
    absl::Status result = job();
    mutex_.Lock();
    result_ = std::move(result);
    job_ = nullptr;
    changed_.SignalAll();
  }
}

}  // namespace evoke
