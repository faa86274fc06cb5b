#include "clients/rig/spike_buffer.h"

#include <algorithm>

namespace evoke {

void SpikeBuffer::Add(const RecordedSpike& spike) {
  if (spike.artifact || spike.channel < 0) return;
  const auto channel = static_cast<size_t>(spike.channel);
  if (channels_.size() <= channel) channels_.resize(channel + 1);
  std::deque<Spike>& spikes = channels_[channel];
  auto at = spikes.end();
  while (at != spikes.begin() && std::prev(at)->sample > spike.sample) --at;
  spikes.insert(at, {spike.sample, spike.sorted_id});
}

std::vector<int64_t> SpikeBuffer::Between(int channel, int sorted_id, int64_t begin,
                                          int64_t end) const {
  std::vector<int64_t> samples;
  if (channel < 0 || static_cast<size_t>(channel) >= channels_.size()) return samples;
  const std::deque<Spike>& spikes = channels_[static_cast<size_t>(channel)];
  for (auto it = std::lower_bound(spikes.begin(), spikes.end(), begin,
                                  [](const Spike&s, int64_t sample) { return s.sample < sample; });
       it != spikes.end() && it->sample < end; ++it) {
    if (sorted_id == kAllIds || it->sorted_id == sorted_id) samples.push_back(it->sample);
  }
  return samples;
}

void SpikeBuffer::DropBefore(int64_t sample) {
  for (std::deque<Spike>& spikes : channels_) {
    while (!spikes.empty() && spikes.front().sample < sample) spikes.pop_front();
  }
}

}  // namespace evoke
