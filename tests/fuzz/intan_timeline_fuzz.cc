// Arbitrary sequences of what can happen on RHX's two streams: whatever it is, nothing is delivered
// that is before what was called complete, and that falls only with a restarted clock.
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include "clients/recorder/intan/intan_timeline.h"
#include "spdlog/spdlog.h"

namespace {

void Check(bool condition) {
  if (!condition) std::abort();
}

// The input, as numbers.
class Input {
 public:
  Input(const uint8_t* data, size_t size) : data_(data), size_(size) {}
  bool empty() const { return size_ == 0; }
  uint32_t Next(int bytes) {
    uint32_t value = 0;
    for (; bytes > 0 && size_ > 0; --bytes, --size_) value = value << 8 | *data_++;
    return value;
  }

 private:
  const uint8_t* data_;
  size_t size_;
};

class Checker {
 public:
  void Take(evoke::IntanTimeline& timeline) {
    while (const auto data = timeline.Take()) {
      if (data->clock_restarted) complete_ = std::numeric_limits<int64_t>::min();
      channels_ += data->new_channels.size();
      for (const evoke::RecordedSpike& spike : data->spikes) {
        Check(spike.sample >= complete_);
        Check(static_cast<size_t>(spike.channel) < channels_);
      }
      for (const evoke::LineEdge& edge : data->edges) Check(edge.sample >= complete_);
      for (const evoke::RigFault& fault : data->faults) {
        Check(fault.first_sample <= fault.last_sample);
      }
      Check(data->complete_before >= complete_);
      complete_ = data->complete_before;
    }
  }

 private:
  int64_t complete_ = std::numeric_limits<int64_t>::min();
  size_t channels_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  spdlog::set_level(spdlog::level::off);
  Input input(data, size);
  evoke::IntanTimeline timeline(
      {.sample_rate_hz = 2000, .sync_code_shift = 8, .write_samples = 256});
  Checker checker;
  uint32_t next_sample = 0, last_spike = 0;
  int64_t nanos = 0;
  while (!input.empty()) {
    switch (input.Next(1) % 10) {
      case 0:
      case 1: {  // goes on
        std::vector<evoke::IntanDigitalBlock> blocks(1 + input.Next(1) % 4);
        for (auto& block : blocks) {
          block.first_sample = next_sample;
          block.words.fill(static_cast<uint16_t>(input.Next(2)));
          next_sample += evoke::kIntanBlockSamples;
        }
        timeline.AddWaveform(&blocks, nanos += 64'000'000);
        break;
      }
      case 2:  // a new run, or a jump
        next_sample = input.Next(1) % 4 == 0 ? input.Next(4) : 0;
        last_spike = 0;
        break;
      case 3:
      case 4: {  // in their order
        std::vector<evoke::IntanSpike> spikes(1 + input.Next(1) % 4);
        for (auto& spike : spikes) {
          spike.channel = {'A', '-', '0', '0', static_cast<char>('0' + input.Next(1) % 3)};
          spike.sample = last_spike += input.Next(1);
          spike.id = 1;
        }
        timeline.AddSpikes(&spikes);
        break;
      }
      case 5:  // anywhere
        last_spike = input.Next(1) % 2 == 0 ? input.Next(4) : next_sample;
        break;
      case 6:
        timeline.SpikesDropped();
        break;
      case 7:
        timeline.SpikesConnected();
        timeline.SpikeGarbage(input.Next(1));
        break;
      case 8:
        timeline.WaveformDropped();
        nanos += int64_t{input.Next(2)} * 1'000'000;
        break;
      default:
        timeline.Settle(input.Next(1) % 2 == 0);
        if (input.Next(1) == 0) timeline.SettleEnd();
        checker.Take(timeline);
    }
  }
  timeline.Settle(true);
  checker.Take(timeline);
  return 0;
}
