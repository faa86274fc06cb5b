#include "stimulus_display/presenter/result_queue.h"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>

namespace evoke {

ResultQueue::ResultQueue(size_t capacity) : ring_(capacity) { sem_init(&filled_, 0, 0); }

ResultQueue::~ResultQueue() { sem_destroy(&filled_); }

bool ResultQueue::Put(PresentationResult&& result) {
  if (!ring_.Push(std::move(result))) return false;
  sem_post(&filled_);
  return true;
}

std::optional<PresentationResult> ResultQueue::Take(absl::Duration timeout) {
  // Monotonic, so that setting the wall clock neither hangs the caller nor wakes it early. An
  // infinite wait is cut to what a timespec holds.
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  const absl::Duration wait = std::clamp(timeout, absl::ZeroDuration(), absl::Hours(24 * 365));
  const timespec deadline = absl::ToTimespec(absl::DurationFromTimespec(now) + wait);
  while (sem_clockwait(&filled_, CLOCK_MONOTONIC, &deadline) != 0) {
    if (errno != EINTR) return std::nullopt;
  }
  PresentationResult* front = ring_.Front();  // the semaphore says that there is one
  std::optional<PresentationResult> result(std::move(*front));
  ring_.Pop();
  return result;
}

}  // namespace evoke
