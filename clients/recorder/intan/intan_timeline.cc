#include "clients/recorder/intan/intan_timeline.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "spdlog/spdlog.h"

namespace evoke {
namespace {

// Spikes that wait for a waveform that does not come: 50 s of 1024 channels at 20 spikes/s.
constexpr size_t kMostWaitingSpikes = 1'000'000;

uint64_t KeyOf(const char* name) {
  uint64_t key = 0;
  std::memcpy(&key, name, sizeof(IntanSpike::channel));
  return key;
}

bool IsBefore(const IntanSpike& a, const IntanSpike& b) {
  return UnwrapSample(a.sample, b.sample) < b.sample;
}

bool HasContent(const RigData& data) {
  return data.clock_restarted || !data.new_channels.empty() || !data.spikes.empty() ||
         !data.edges.empty() || data.newest_received_nanos != 0 || !data.faults.empty();
}

}  // namespace

IntanTimeline::IntanTimeline(IntanTimelineOptions options)
    : options_(options),
      second_(std::llround(options.sample_rate_hz)),
      margin_(options.write_samples) {}

void IntanTimeline::AddChannel(absl::string_view name) {
  IntanSpike spike;
  std::copy_n(name.begin(), std::min(name.size(), spike.channel.size()), spike.channel.begin());
  const auto [it, added] = channel_index_.try_emplace(KeyOf(spike.channel.data()),
                                                      static_cast<int32_t>(channel_index_.size()));
  if (added) next_.new_channels.emplace_back(name);
}

void IntanTimeline::AddWaveform(std::vector<IntanDigitalBlock>* blocks, int64_t received_nanos) {
  for (const IntanDigitalBlock& block : *blocks) blocks_.push_back({block, received_nanos});
  blocks->clear();
}

void IntanTimeline::AddSpikes(std::vector<IntanSpike>* spikes) {
  for (const IntanSpike& spike : *spikes) {
    if (!spikes_.empty() && IsBefore(spike, spikes_.back())) ++descents_;
    spikes_.push_back(spike);
  }
  spikes->clear();
  if (spikes_.size() <= kMostWaitingSpikes) return;
  spikes_.clear();
  descents_ = 0;
  spike_gap_ = true;
  spike_gap_kind_ = RigFault::Kind::kLoss;
  spike_gap_message_ = "RHX sent spikes without their waveform for too long: dropped";
  spike_gap_first_ = Earliest();
}

void IntanTimeline::SpikeGarbage(uint64_t bytes) {
  if (bytes == 0) return;
  if (spike_garbage_ == 0) spike_garbage_first_ = Earliest();
  spike_garbage_ += bytes;
}

void IntanTimeline::SpikesDropped() {
  if (spikes_down_) return;
  spikes_down_ = true;
  if (!spike_gap_) spike_gap_first_ = Earliest();
}

void IntanTimeline::SpikesConnected() {
  if (!spikes_down_) return;
  spikes_down_ = false;
  spike_gap_ = true;
  spike_gap_kind_ = RigFault::Kind::kDropped;
  spike_gap_message_ = "the connection of RHX's spike output broke and was made again";
}

void IntanTimeline::Settle(bool waveform_drained) {
  for (const PendingBlock& pending : blocks_) TakeBlock(pending);
  blocks_.clear();
  if (!running_) return;
  TakeSpikes();
  if (restart_message_.has_value()) {
    // A spike of the new run is taken for one of the old if it is where those still came: only
    // possible after a run that was shorter than what was waiting to be read.
    const bool ambiguous = old_earliest_ < end_ + margin_;
    Fault(RigFault::Kind::kJump, *std::exchange(restart_message_, std::nullopt), kNone,
          ambiguous ? end_ + margin_ - 1 : complete_ - 1);
  }
  TellSpikeFaults(waveform_drained);
  RaiseComplete();
}

void IntanTimeline::SettleEnd() {
  if (!running_ || spikes_down_ || spike_gap_ || !spikes_.empty()) return;
  complete_ = std::max(complete_, end_);
}

std::optional<RigData> IntanTimeline::Take() {
  RigData data;
  if (!finished_.empty()) {
    data = std::move(finished_.front());
    finished_.pop_front();
    return data;
  }
  const int64_t complete = std::exchange(next_.complete_before, complete_);
  if (!HasContent(next_) && complete == complete_) return std::nullopt;
  data = std::exchange(next_, RigData());
  next_.complete_before = complete_;
  return data;
}

void IntanTimeline::TakeBlock(const PendingBlock& pending) {
  if (!running_ || BeginsRun(pending)) {
    if (running_) FinishRun(pending.received_nanos);
    BeginRun(pending);
  } else {
    TellHole(pending, UnwrapSample(pending.block.first_sample, end_));
  }
  const int64_t first = UnwrapSample(pending.block.first_sample, end_);
  TakeEdges(pending.block, first);
  end_ = first + kIntanBlockSamples;
  waveform_dropped_ = false;
  last_block_nanos_ = pending.received_nanos;
  next_.newest_sample = end_ - 1;
  next_.newest_received_nanos = pending.received_nanos;
}

bool IntanTimeline::BeginsRun(const PendingBlock& pending) const {
  const int64_t step = UnwrapSample(pending.block.first_sample, end_) - end_;
  if (step == 0 && !waveform_dropped_) return false;
  if (step < 0) return true;
  // A run may have been longer than half the way round, so that 0 seems to lie ahead.
  if (step > 0 && pending.block.first_sample == 0) return true;
  if (!waveform_dropped_) return false;
  // While the connection was down RHX may have begun another run that has by now come further than
  // the old one: the time that passed tells.
  const double passed = static_cast<double>(pending.received_nanos - last_block_nanos_) * 1e-9 *
                        options_.sample_rate_hz;
  return std::abs(static_cast<double>(step) - passed) > 2.0 * static_cast<double>(second_);
}

void IntanTimeline::BeginRun(const PendingBlock& pending) {
  const bool restarted = running_;
  running_ = true;
  // Not unwrapped: a run begins at 0, or before it where RHX keeps a pre-trigger.
  end_ = static_cast<int32_t>(pending.block.first_sample);
  complete_ = end_;
  last_spike_ = kNone;
  word_.reset();
  stuck_since_.reset();
  // What is missing may be of this run as well.
  spike_gap_first_ = spike_garbage_first_ = kNone;
  if (restarted) {
    next_.clock_restarted = true;
    return;
  }
  // Joined in the middle of a run: what came before is not to be known.
  while (!spikes_.empty() && UnwrapSample(spikes_.front().sample, end_) < end_) PopSpike();
  if (end_ != 0) {
    Fault(RigFault::Kind::kLoss,
          absl::StrCat("RHX was already running: what came before sample ", end_, " is unknown"),
          kNone, end_ - 1);
  }
}

// Spikes of the old run that are still waiting are delivered; what does not go on from them is of
// the new one.
void IntanTimeline::FinishRun(int64_t received_nanos) {
  TakeSpikes();
  old_earliest_ = Earliest();
  int64_t latest = end_;
  // While the waveform's connection was down, spikes of the old run may have run ahead of it.
  if (waveform_dropped_) {
    const double passed = static_cast<double>(received_nanos - last_block_nanos_) * 1e-9;
    latest += second_ + std::llround(passed * options_.sample_rate_hz);
  }
  while (!spikes_.empty()) {
    const int64_t sample = UnwrapSample(spikes_.front().sample, end_);
    if (sample < Earliest() || sample >= latest) break;
    if (sample < end_) {
      Deliver(spikes_.front(), sample);
    } else {
      last_spike_ = sample;
    }
    PopSpike();
  }
  if (!spikes_down_ && !spike_gap_) complete_ = std::max(complete_, end_);
  if (restart_message_.has_value()) {
    Fault(RigFault::Kind::kJump, *std::exchange(restart_message_, std::nullopt), kNone, end_);
  }
  restart_message_ = absl::StrCat("RHX began a new run of the acquisition; the last one ended at ",
                                  "sample ", end_);
  spdlog::info("{}", *restart_message_);
  next_.complete_before = complete_;
  finished_.push_back(std::exchange(next_, RigData()));
}

void IntanTimeline::TellHole(const PendingBlock& pending, int64_t first) {
  const uint64_t garbage = pending.block.garbage_before;
  const int64_t missing = first - end_;
  if (missing > 0) word_.reset();
  if (garbage > 0) {
    Fault(RigFault::Kind::kGarbage,
          absl::StrCat(garbage, " bytes of RHX's waveform output are not blocks of the digital ",
                       "inputs alone: switch off the TCP output of all other channels"),
          missing > 0 ? end_ : end_ - 1, missing > 0 ? first - 1 : first);
  } else if (waveform_dropped_) {
    Fault(RigFault::Kind::kDropped,
          "the connection of RHX's waveform output broke and was made again", end_ - 1, first);
  } else if (missing > 0) {
    Fault(RigFault::Kind::kJump,
          absl::StrCat("RHX's waveform output left out ", missing, " samples after sample ",
                       end_ - 1),
          end_, first - 1);
  }
}

void IntanTimeline::TakeEdges(const IntanDigitalBlock& block, int64_t first) {
  const int line = options_.stimulus_line - 1;
  for (size_t i = 0; i < block.words.size(); ++i) {
    const uint16_t word = block.words[i];
    if (word_.has_value() && ((*word_ ^ word) >> line & 1) != 0) {
      LineEdge& edge = next_.edges.emplace_back();
      edge.sample = first + static_cast<int64_t>(i);
      edge.rising = (word >> line & 1) != 0;
      if (edge.rising && options_.sync_code_shift >= 0) {
        edge.sync_code = static_cast<uint32_t>(word) >> options_.sync_code_shift & 0xff;
      }
    }
    word_ = word;
  }
}

int64_t IntanTimeline::Earliest() const { return std::max(complete_, last_spike_); }

void IntanTimeline::TakeSpikes() {
  while (!spikes_.empty()) {
    const int64_t sample = UnwrapSample(spikes_.front().sample, end_);
    if (sample >= Earliest() && sample < end_) {
      stuck_since_.reset();
      Deliver(spikes_.front(), sample);
      PopSpike();
      continue;
    }
    // Ahead, and no earlier one behind it: the waveform will come.
    if (sample >= end_ && descents_ == 0) break;
    // It, or one behind it, is of a run whose waveform is still to be read, it seems. If that does
    // not come, it was not.
    if (!stuck_since_.has_value()) stuck_since_ = end_;
    if (end_ - *stuck_since_ <= second_ / 2) return;
    GiveUpHead(sample);
  }
  stuck_since_.reset();
}

void IntanTimeline::Deliver(const IntanSpike& spike, int64_t sample) {
  const auto [it, added] = channel_index_.try_emplace(KeyOf(spike.channel.data()),
                                                      static_cast<int32_t>(channel_index_.size()));
  if (added) next_.new_channels.emplace_back(spike.channel.data(), spike.channel.size());
  const IntanSortedId id = SortedIdOf(spike.id);
  next_.spikes.push_back({sample, it->second, id.unit, id.artifact});
  last_spike_ = sample;
}

void IntanTimeline::GiveUpHead(int64_t sample) {
  const bool late = sample < complete_ && sample >= last_spike_;
  Fault(RigFault::Kind::kLoss,
        late ? absl::StrCat("a spike of sample ", sample, " came ", *stuck_since_ - sample,
                            " samples late: is the network to RHX too slow?")
             : absl::StrCat("a spike of sample ", sample, " came out of its order"),
        std::min(sample, complete_), end_ - 1);
  // A network that delays the spikes once will do so again.
  if (late) margin_ = std::min(second_, std::max(margin_, *stuck_since_ - sample));
  PopSpike();
}

void IntanTimeline::PopSpike() {
  if (spikes_.size() > 1 && IsBefore(spikes_[1], spikes_[0])) --descents_;
  spikes_.pop_front();
}

void IntanTimeline::TellSpikeFaults(bool waveform_drained) {
  // What was lost can't be from before the spikes that came before it, nor from after what RHX has
  // sent by now.
  if (spike_garbage_ > 0) {
    Fault(RigFault::Kind::kGarbage,
          absl::StrCat(std::exchange(spike_garbage_, 0),
                       " bytes of RHX's spike output are not spikes: skipped"),
          spike_garbage_first_, end_ + margin_ - 1);
  }
  // The waveform must have come to where RHX was when the spikes were connected again.
  if (!spike_gap_ || spikes_down_ || waveform_dropped_ || !waveform_drained) return;
  spike_gap_ = false;
  Fault(spike_gap_kind_, spike_gap_message_, spike_gap_first_, end_ + margin_ - 1);
}

void IntanTimeline::RaiseComplete() {
  if (spikes_down_ || spike_gap_ || stuck_since_.has_value()) return;
  // The spike that waits is just ahead of the waveform, and no earlier one follows it.
  const bool reached =
      !spikes_.empty() && UnwrapSample(spikes_.front().sample, end_) < end_ + margin_;
  const int64_t complete = reached ? end_ : std::min(end_, std::max(last_spike_, end_ - margin_));
  complete_ = std::max(complete_, complete);
}

void IntanTimeline::Fault(RigFault::Kind kind, std::string message, int64_t first, int64_t last) {
  next_.faults.push_back({kind, std::move(message), first, last});
}

}  // namespace evoke
