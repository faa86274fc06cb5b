// Puts RHX's two data streams onto one clock: spikes and digital words come through sockets of
// their own, neither says which run of the acquisition it belongs to, and samples restart at 0 with
// every run.
//
// What is relied on, in what RHX sends: it writes the waveform of some blocks (one "write") and
// then the spikes detected in them, so that a spike is at most one write behind the waveform;
// spikes are non-decreasing over all channels; the waveform has no holes; a new run begins at 0,
// and all of an old run is sent before anything of the new one.
//
// So the waveform is the clock. A spike waits until the waveform has reached it and is counted into
// the run that the waveform is in. It can't be of that run if it is before what is complete, and
// then waits for the new run to begin; if none does, it is a fault.
#ifndef EVOKE_CLIENTS_RECORDER_INTAN_INTAN_TIMELINE_H_
#define EVOKE_CLIENTS_RECORDER_INTAN_INTAN_TIMELINE_H_

#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "clients/recorder/intan/intan_wire.h"
#include "clients/recorder/recorder.h"

namespace evoke {

struct IntanTimelineOptions {
  double sample_rate_hz = 20000;
  int stimulus_line = 1;     // DIGITAL-IN number, 1 .. 16
  int sync_code_shift = -1;  // the bit of the word where 8 bits of sync code begin; -1: none
  int write_samples = 1280;  // of one write: blocks per write x 128
};

// No sockets, no clock of its own. Not thread-safe. The caller takes in what arrived, waveform
// first, then everything there is of the spikes, and calls Settle().
class IntanTimeline {
 public:
  explicit IntanTimeline(IntanTimelineOptions options);

  // Names a channel before its first spike, so that silent ones are known, too.
  void AddChannel(absl::string_view name);
  // `received_nanos`: CLOCK_MONOTONIC. The blocks are taken out of *blocks, as are the spikes.
  void AddWaveform(std::vector<IntanDigitalBlock>* blocks, int64_t received_nanos);
  void AddSpikes(std::vector<IntanSpike>* spikes);
  // Bytes that are no spike record: what they were is lost.
  void SpikeGarbage(uint64_t bytes);
  // The connections broke; the spike stream is up again. (The waveform's first block tells.)
  void SpikesDropped();
  void SpikesConnected();
  void WaveformDropped() { waveform_dropped_ = true; }

  // Works out what is certain by now. Everything that RHX sent on the spike socket before the last
  // waveform block must have been added; `waveform_drained` says that nothing is left to read of
  // the waveform either.
  void Settle(bool waveform_drained);
  // Nothing has arrived for a while and the acquisition is stopped: the end is complete as it is.
  void SettleEnd();
  // The next of the finished results; nullopt: none. More than one where a run ended between.
  std::optional<RigData> Take();

  // One behind the last sample of the waveform; 0 before the first.
  int64_t waveform_end() const { return end_; }
  int64_t complete_before() const { return complete_; }

 private:
  struct PendingBlock {
    IntanDigitalBlock block;
    int64_t received_nanos = 0;
  };

  void TakeBlock(const PendingBlock& pending);
  bool BeginsRun(const PendingBlock& pending) const;
  void BeginRun(const PendingBlock& pending);
  void FinishRun(int64_t received_nanos);
  void TellHole(const PendingBlock& pending, int64_t first);
  void TakeEdges(const IntanDigitalBlock& block, int64_t first);
  void TakeSpikes();
  void Deliver(const IntanSpike& spike, int64_t sample);
  void GiveUpHead(int64_t sample);
  void PopSpike();
  void TellSpikeFaults(bool waveform_drained);
  void RaiseComplete();
  void Fault(RigFault::Kind kind, std::string message, int64_t first, int64_t last);
  int64_t Earliest() const;  // the first sample where a spike of this run may still come

  static constexpr int64_t kNone = std::numeric_limits<int64_t>::min();

  const IntanTimelineOptions options_;
  const int64_t second_;  // samples
  int64_t margin_;        // how far spikes may be behind the waveform

  std::deque<PendingBlock> blocks_;
  std::deque<IntanSpike> spikes_;  // wait for the waveform, in the order of arrival
  size_t descents_ = 0;            // how often one of them is before the one that came before it
  absl::flat_hash_map<uint64_t, int32_t> channel_index_;

  // The present run.
  bool running_ = false;
  int64_t end_ = 0;
  int64_t last_spike_ = kNone;
  int64_t complete_ = kNone;
  int64_t last_block_nanos_ = 0;
  std::optional<uint16_t> word_;  // nullopt: the first word is a state, not an edge
  bool waveform_dropped_ = false;
  // Since when, in samples, the first waiting spike can't be of this run.
  std::optional<int64_t> stuck_since_;
  // A new run whose first spikes can't all be told from the old one's: the old run's first sample
  // where that is so. Its fault is told when it is known how far that goes.
  std::optional<std::string> restart_message_;
  int64_t old_earliest_ = kNone;

  // Spikes are missing from here on.
  bool spikes_down_ = false;
  bool spike_gap_ = false;
  RigFault::Kind spike_gap_kind_ = RigFault::Kind::kDropped;
  std::string spike_gap_message_;
  int64_t spike_gap_first_ = kNone;
  uint64_t spike_garbage_ = 0;  // bytes, not told yet
  int64_t spike_garbage_first_ = kNone;

  RigData next_;
  std::deque<RigData> finished_;
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RECORDER_INTAN_INTAN_TIMELINE_H_
