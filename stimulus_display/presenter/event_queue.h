// Hands events from the refresh thread to one thread that waits for them.
#ifndef EVOKE_STIMULUS_DISPLAY_PRESENTER_EVENT_QUEUE_H_
#define EVOKE_STIMULUS_DISPLAY_PRESENTER_EVENT_QUEUE_H_

#include <semaphore.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <optional>
#include <utility>

#include "absl/time/time.h"
#include "stimulus_display/presenter/spsc_ring.h"

namespace evoke {

// One thread puts, one thread takes. Put() does not wait for anything: the ring is lock-free, and
// posting a POSIX semaphore is an atomic increment and, if somebody waits, one system call.
// (libstdc++ 12's std::counting_semaphore can lose a wake-up, GCC bug 104928.)
template <typename T>
class EventQueue {
 public:
  explicit EventQueue(size_t capacity) : ring_(capacity) { sem_init(&filled_, 0, 0); }
  ~EventQueue() { sem_destroy(&filled_); }
  EventQueue(const EventQueue&) = delete;
  EventQueue& operator=(const EventQueue&) = delete;

  // False if full: the event is lost, and counted.
  bool Put(T event) {
    if (!ring_.Push(std::move(event))) {
      lost_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    sem_post(&filled_);
    return true;
  }

  // Waits for an event for at most this long; nothing if none came.
  std::optional<T> Take(absl::Duration timeout) {
    // Monotonic, so that setting the wall clock neither hangs the caller nor wakes it early. An
    // infinite wait is cut to what a timespec holds.
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const absl::Duration wait = std::clamp(timeout, absl::ZeroDuration(), absl::Hours(24 * 365));
    const timespec deadline = absl::ToTimespec(absl::DurationFromTimespec(now) + wait);
    while (sem_clockwait(&filled_, CLOCK_MONOTONIC, &deadline) != 0) {
      if (errno != EINTR) return std::nullopt;
    }
    T* front = ring_.Front();  // the semaphore says that there is one
    std::optional<T> event(std::move(*front));
    ring_.Pop();
    return event;
  }

  // Events for which there was no room, since the beginning. Any thread.
  int64_t lost() const { return lost_.load(std::memory_order_relaxed); }

 private:
  SpscRing<T> ring_;
  sem_t filled_;
  std::atomic<int64_t> lost_ = 0;
};

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_PRESENTER_EVENT_QUEUE_H_
