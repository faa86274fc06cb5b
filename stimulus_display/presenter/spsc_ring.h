// A bounded queue between one producer thread and one consumer thread, without locks.
#ifndef EVOKE_STIMULUS_DISPLAY_PRESENTER_SPSC_RING_H_
#define EVOKE_STIMULUS_DISPLAY_PRESENTER_SPSC_RING_H_

#include <atomic>
#include <cstddef>
#include <utility>
#include <vector>

namespace evoke {

// Lamport's ring (1983): the producer alone writes `pushed_`, the consumer alone `popped_`; each
// publishes with release what the other reads with acquire. Neither side ever waits. The memory is
// allocated at construction, and an item that was popped is overwritten by a later push, so that
// what it owns is freed on the producer's thread and never on the consumer's.
template <typename T>
class SpscRing {
 public:
  explicit SpscRing(size_t capacity) : items_(capacity) {}

  // Producer. False if full; `item` is then untouched.
  bool Push(T&& item) {
    const size_t pushed = pushed_.load(std::memory_order_relaxed);
    if (pushed - popped_.load(std::memory_order_acquire) == items_.size()) return false;
    items_[pushed % items_.size()] = std::move(item);
    pushed_.store(pushed + 1, std::memory_order_release);
    return true;
  }

  // Consumer. The oldest item, or null if empty; valid until Pop().
  T* Front() {
    const size_t popped = popped_.load(std::memory_order_relaxed);
    if (popped == pushed_.load(std::memory_order_acquire)) return nullptr;
    return &items_[popped % items_.size()];
  }
  // Consumer. Call only after Front() gave an item.
  void Pop() {
    popped_.store(popped_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }

 private:
  std::vector<T> items_;
  // Apart, so that the two threads do not write to one cache line.
  alignas(64) std::atomic<size_t> pushed_ = 0;
  alignas(64) std::atomic<size_t> popped_ = 0;
};

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_PRESENTER_SPSC_RING_H_
