// How long to wait before the next try.
#ifndef EVOKE_COMMON_BACKOFF_H_
#define EVOKE_COMMON_BACKOFF_H_

#include <algorithm>

#include "absl/time/time.h"

namespace evoke {

// Doubles from `first` up to `most`; Reset() after a success. Not thread-safe.
class Backoff {
 public:
  explicit Backoff(absl::Duration first = absl::Milliseconds(50),
                   absl::Duration most = absl::Seconds(1))
      : first_(first), most_(most), next_(first) {}

  absl::Duration Next() {
    const absl::Duration wait = next_;
    next_ = std::min(2 * next_, most_);
    return wait;
  }
  void Reset() { next_ = first_; }

 private:
  const absl::Duration first_;
  const absl::Duration most_;
  absl::Duration next_;
};

}  // namespace evoke

#endif  // EVOKE_COMMON_BACKOFF_H_
