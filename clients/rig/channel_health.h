// Which channels look wrong: dead, silent, saturated, full of artifacts.
#ifndef EVOKE_CLIENTS_RIG_CHANNEL_HEALTH_H_
#define EVOKE_CLIENTS_RIG_CHANNEL_HEALTH_H_

#include <cstdint>
#include <string>
#include <vector>

#include "clients/recorder/recorder.h"

namespace evoke {

// Judged by the spikes alone, over the last ten seconds of the sample clock and over all. Not
// thread-safe.
class ChannelHealth {
 public:
  enum class State {
    kGood,
    kDead,       // no spike since the start, for a minute or more
    kSilent,     // had spikes, but none for a minute
    kSaturated,  // more spikes than a neuron, or a few of them, can fire
    kArtifacts,  // most of its spikes are marked as artifacts
  };
  struct Channel {
    int64_t spikes = 0;  // artifacts left out
    int64_t artifacts = 0;
    double rate_hz = 0;  // over the last ten seconds
    State state = State::kGood;
  };

  explicit ChannelHealth(double sample_rate_hz) : rate_(sample_rate_hz) {}

  void Add(const RecordedSpike& spike);
  // Time goes on to this sample.
  void Advance(int64_t sample, size_t channels);
  // Sample numbers began anew.
  void Restart();

  const std::vector<Channel>& channels() const { return channels_; }
  // "2 of 8 channels look wrong: A-003 dead (no spike for 74 s), A-005 saturated (812 spikes/s)";
  // empty if all is well.
  std::string Report(const std::vector<std::string>& names) const;

 private:
  // Rates are taken over full seconds; the ring has room for the one at hand and for spikes that
  // are ahead of it.
  static constexpr int64_t kSeconds = 10;
  static constexpr int64_t kRing = kSeconds + 2;
  struct Ring {
    int64_t counts[kRing] = {};  // of each second
    int64_t last_spike = 0;
  };

  int64_t SecondOf(int64_t sample) const;

  double rate_;
  std::vector<Channel> channels_;
  std::vector<Ring> rings_;
  int64_t begin_ = -1;   // first sample seen; -1: none
  int64_t second_ = -1;  // of the sample clock
  int64_t now_ = 0;
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RIG_CHANNEL_HEALTH_H_
