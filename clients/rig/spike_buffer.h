// The latest spikes of every channel, to count in windows that become known later.
#ifndef EVOKE_CLIENTS_RIG_SPIKE_BUFFER_H_
#define EVOKE_CLIENTS_RIG_SPIKE_BUFFER_H_

#include <cstdint>
#include <deque>
#include <vector>

#include "clients/recorder/recorder.h"

namespace evoke {

// Not thread-safe. Spikes may come in any order; artifacts are kept apart.
class SpikeBuffer {
 public:
  // Which spikes of a channel: those of one sorted id, or all of them.
  static constexpr int kAllIds = -1;

  void Add(const RecordedSpike& spike);
  // Samples, ascending, of the spikes in [begin, end).
  std::vector<int64_t> Between(int channel, int sorted_id, int64_t begin, int64_t end) const;
  void DropBefore(int64_t sample);
  void Clear() { channels_.clear(); }

 private:
  struct Spike {
    int64_t sample = 0;
    int32_t sorted_id = 0;
  };
  std::vector<std::deque<Spike>> channels_;  // each ascending
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RIG_SPIKE_BUFFER_H_
