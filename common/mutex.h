// The one mutex of the project: absl::Mutex with clang's lock annotations, and with the thread
// sanitizer told about every lock. Debian's Abseil is not instrumented, so that the sanitizer would
// otherwise report correct code as a race.
#ifndef EVOKE_COMMON_MUTEX_H_
#define EVOKE_COMMON_MUTEX_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#define EVOKE_TSAN(call) call
#else
#define EVOKE_TSAN(call)
#endif

namespace evoke {

class ABSL_LOCKABLE Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() {
    mutex_.Lock();
    EVOKE_TSAN(__tsan_acquire(&mutex_));
  }
  void Unlock() ABSL_UNLOCK_FUNCTION() {
    EVOKE_TSAN(__tsan_release(&mutex_));
    mutex_.Unlock();
  }

 private:
  friend class CondVar;
  absl::Mutex mutex_;
};

class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex* mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : mutex_(mutex) {
    mutex_->Lock();
  }
  ~MutexLock() ABSL_UNLOCK_FUNCTION() { mutex_->Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex* const mutex_;
};

class CondVar {
 public:
  // Releases the mutex while waiting. May wake without a signal: check the condition in a loop.
  void Wait(Mutex* mutex) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    EVOKE_TSAN(__tsan_release(&mutex->mutex_));
    cond_.Wait(&mutex->mutex_);
    EVOKE_TSAN(__tsan_acquire(&mutex->mutex_));
  }
  // True if the time ran out before a signal came.
  bool WaitWithTimeout(Mutex* mutex, absl::Duration timeout) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    EVOKE_TSAN(__tsan_release(&mutex->mutex_));
    const bool timed_out = cond_.WaitWithTimeout(&mutex->mutex_, timeout);
    EVOKE_TSAN(__tsan_acquire(&mutex->mutex_));
    return timed_out;
  }
  void Signal() { cond_.Signal(); }
  void SignalAll() { cond_.SignalAll(); }

 private:
  absl::CondVar cond_;
};

}  // namespace evoke

#endif  // EVOKE_COMMON_MUTEX_H_
