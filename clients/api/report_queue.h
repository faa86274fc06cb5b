// Reports on their way to the server, resent until it has answered.
#ifndef EVOKE_CLIENTS_API_REPORT_QUEUE_H_
#define EVOKE_CLIENTS_API_REPORT_QUEUE_H_

#include <deque>
#include <functional>
#include <thread>
#include <utility>

#include "absl/status/statusor.h"
#include "clients/api/channel.h"
#include "common/backoff.h"
#include "common/mutex.h"
#include "evoke/v1/report.pb.h"
#include "spdlog/spdlog.h"

namespace evoke {

// Thread-safe. Reports go out in order, one at a time, from a thread of its own. While the server
// can't be reached they wait here, and Add() waits once the queue is full. A report that the server
// answered, whatever its disposition, is done; a final error drops it with a line in the log.
template <typename Request>
class ReportQueue {
 public:
  using Send = std::function<absl::StatusOr<v1::ReportResult>(const Request&)>;

  explicit ReportQueue(Send send, size_t capacity = 1024)
      : send_(std::move(send)), capacity_(capacity), thread_([this] { Loop(); }) {}
  // Tries what is left once more, then gives up.
  ~ReportQueue() {
    {
      MutexLock lock(&mutex_);
      stopping_ = true;
      changed_.SignalAll();
    }
    thread_.join();
  }

  void Add(Request request) {
    MutexLock lock(&mutex_);
    while (queue_.size() >= capacity_ && !stopping_) changed_.Wait(&mutex_);
    queue_.push_back(std::move(request));
    changed_.SignalAll();
  }

 private:
  void Loop() {
    Backoff backoff;
    while (true) {
      Request request;
      bool last_try;
      {
        MutexLock lock(&mutex_);
        while (queue_.empty() && !stopping_) changed_.Wait(&mutex_);
        if (queue_.empty()) return;
        request = queue_.front();
        last_try = stopping_;
      }
      const absl::StatusOr<v1::ReportResult> result = send_(request);
      const bool again = !result.ok() && IsTransient(result.status());
      MutexLock lock(&mutex_);
      if (again && last_try) {
        spdlog::warn("{} reports could not be delivered", queue_.size());
        return;
      }
      if (again) {
        changed_.WaitWithTimeout(&mutex_, backoff.Next());
        continue;
      }
      backoff.Reset();
      if (result.ok()) {
        spdlog::debug("acknowledged: {} attempt {} {}", request.trial(), request.attempt(),
                      v1::ReportResult::Disposition_Name(result->disposition()));
      }
      if (!result.ok()) {
        spdlog::error("{}: report refused: {}", request.trial(),
                      std::string(result.status().message()));
      } else if (result->disposition() == v1::ReportResult::DISPOSITION_REJECTED ||
                 result->disposition() == v1::ReportResult::DISPOSITION_LATE) {
        spdlog::warn("{}: report {}: {}", request.trial(),
                     v1::ReportResult::Disposition_Name(result->disposition()), result->reason());
      }
      queue_.pop_front();
      changed_.SignalAll();
    }
  }

  const Send send_;
  const size_t capacity_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<Request> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_API_REPORT_QUEUE_H_
