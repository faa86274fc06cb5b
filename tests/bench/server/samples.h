// Durations that many threads measure.
#ifndef EVOKE_TESTS_BENCH_SERVER_SAMPLES_H_
#define EVOKE_TESTS_BENCH_SERVER_SAMPLES_H_

#include <algorithm>
#include <vector>

#include "common/mutex.h"

namespace evoke {

struct Spread {
  int count = 0;
  double p50_ms = 0, p99_ms = 0, max_ms = 0;
};

// Thread-safe.
class Samples {
 public:
  void Add(double ms) {
    MutexLock lock(&mutex_);
    values_.push_back(ms);
  }
  void Clear() {
    MutexLock lock(&mutex_);
    values_.clear();
  }
  // Percentiles by the nearest rank; all 0 without samples.
  Spread Summarize() const {
    MutexLock lock(&mutex_);
    std::vector<double> sorted = values_;
    std::sort(sorted.begin(), sorted.end());
    if (sorted.empty()) return {};
    const auto at = [&](double share) {
      return sorted[static_cast<size_t>(share * static_cast<double>(sorted.size() - 1) + 0.5)];
    };
    return {static_cast<int>(sorted.size()), at(0.5), at(0.99), sorted.back()};
  }

 private:
  mutable Mutex mutex_;
  std::vector<double> values_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evoke

#endif  // EVOKE_TESTS_BENCH_SERVER_SAMPLES_H_
