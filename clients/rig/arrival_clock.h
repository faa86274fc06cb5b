// A rig's sample clock where no line tells of onsets: fitted to when data arrive.
#ifndef EVOKE_CLIENTS_RIG_ARRIVAL_CLOCK_H_
#define EVOKE_CLIENTS_RIG_ARRIVAL_CLOCK_H_

#include <cstdint>
#include <deque>

namespace evoke {

// Data can be late but never early: the least delayed arrivals of the last minute tell where the
// sample clock is, as the lower envelope of one-way delays does in network timing (Paxson 1998).
// The delay that even those had (a block's length, in most rigs) stays unknown. Not thread-safe.
class ArrivalClock {
 public:
  explicit ArrivalClock(double sample_rate_hz) : rate_(sample_rate_hz) {}

  // `local_nanos`: our monotonic clock when `sample` arrived.
  void Add(int64_t sample, int64_t local_nanos);
  void Reset() { bins_.clear(); }

  // After some seconds of data.
  bool known() const { return bins_.size() >= 3; }
  // Both require known(). `delay_nanos`: what the rig is known to take from the brain to the wire.
  int64_t ToSample(int64_t local_nanos, int64_t delay_nanos) const;
  // How far the least delayed arrivals of single seconds differ, and one block.
  int64_t uncertainty_nanos() const;

 private:
  // Of one second: the least of (arrival - sample time).
  struct Bin {
    int64_t second = 0;
    int64_t least_nanos = 0;
    int64_t largest_step = 0;  // samples between two arrivals: a block
  };
  int64_t Least() const;

  double rate_;
  std::deque<Bin> bins_;
  int64_t last_sample_ = 0;
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RIG_ARRIVAL_CLOCK_H_
