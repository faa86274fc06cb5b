// A few threads for work that would hold up gRPC's own: reading the ledger, decoding an image.
#ifndef EVOKE_SERVER_SERVICE_WORKER_POOL_H_
#define EVOKE_SERVER_SERVICE_WORKER_POOL_H_

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "common/mutex.h"
#include "server/experiment/limits.h"

namespace evoke {

// Thread-safe. Jobs start in the order in which they were added.
class WorkerPool {
 public:
  explicit WorkerPool(int threads) {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Loop(); });
  }
  ~WorkerPool() {  // runs the jobs that are still there
    {
      MutexLock lock(&mutex_);
      stopping_ = true;
      wake_.SignalAll();
    }
    for (std::thread& thread : threads_) thread.join();
  }

  // For jobs whose number is limited elsewhere.
  void Add(std::function<void()> job) {
    MutexLock lock(&mutex_);
    jobs_.push_back(std::move(job));
    wake_.Signal();
  }
  // False if kMaxQueuedCalls wait already.
  bool TryAdd(std::function<void()> job) {
    MutexLock lock(&mutex_);
    if (jobs_.size() >= kMaxQueuedCalls) return false;
    jobs_.push_back(std::move(job));
    wake_.Signal();
    return true;
  }

 private:
  void Loop() {
    while (true) {
      std::function<void()> job;
      {
        MutexLock lock(&mutex_);
        while (jobs_.empty() && !stopping_) wake_.Wait(&mutex_);
        if (jobs_.empty()) return;
        job = std::move(jobs_.front());
        jobs_.pop_front();
      }
      job();
    }
  }

  Mutex mutex_;
  CondVar wake_;
  std::deque<std::function<void()>> jobs_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_SERVICE_WORKER_POOL_H_
