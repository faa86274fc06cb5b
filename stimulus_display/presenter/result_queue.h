// Hands results from the refresh thread to the thread that reports them.
#ifndef EVOKE_STIMULUS_DISPLAY_PRESENTER_RESULT_QUEUE_H_
#define EVOKE_STIMULUS_DISPLAY_PRESENTER_RESULT_QUEUE_H_

#include <semaphore.h>

#include <cstddef>
#include <optional>

#include "absl/time/time.h"
#include "stimulus_display/presenter/presentation.h"
#include "stimulus_display/presenter/spsc_ring.h"

namespace evoke {

// One thread puts, one thread takes. Put() does not wait for anything: the ring is lock-free, and
// posting a POSIX semaphore is an atomic increment and, if somebody waits, one system call.
// (libstdc++ 12's std::counting_semaphore can lose a wake-up, GCC bug 104928.)
class ResultQueue {
 public:
  explicit ResultQueue(size_t capacity);
  ~ResultQueue();
  ResultQueue(const ResultQueue&) = delete;
  ResultQueue& operator=(const ResultQueue&) = delete;

  // False if full.
  bool Put(PresentationResult&& result);
  // Waits for a result for at most this long; nothing if none came.
  std::optional<PresentationResult> Take(absl::Duration timeout);

 private:
  SpscRing<PresentationResult> ring_;
  sem_t filled_;
};

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_PRESENTER_RESULT_QUEUE_H_
