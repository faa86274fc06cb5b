#include "clients/rig/channel_health.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace evoke {
namespace {

constexpr int64_t kQuietSeconds = 60;
// A few neurons that burst; a channel that crosses its threshold in noise is far above.
constexpr double kSaturatedHz = 500;

}  // namespace

void ChannelHealth::Add(const RecordedSpike& spike) {
  if (spike.channel < 0) return;
  const auto c = static_cast<size_t>(spike.channel);
  if (channels_.size() <= c) {
    channels_.resize(c + 1);
    rings_.resize(c + 1);
  }
  if (spike.artifact) {
    ++channels_[c].artifacts;
    return;
  }
  ++channels_[c].spikes;
  rings_[c].last_spike = std::max(rings_[c].last_spike, spike.sample);
  const int64_t second = SecondOf(spike.sample);
  if (second >= 0 && second > second_ - kSeconds && second <= std::max<int64_t>(second_, 0) + 1) {
    ++rings_[c].counts[second % kRing];
  }
}

int64_t ChannelHealth::SecondOf(int64_t sample) const {
  return static_cast<int64_t>(static_cast<double>(sample) / rate_);
}

void ChannelHealth::Advance(int64_t sample, size_t channels) {
  if (sample < 0) return;
  if (channels_.size() < channels) {
    channels_.resize(channels);
    rings_.resize(channels);
  }
  if (begin_ < 0) begin_ = sample;
  now_ = std::max(now_, sample);
  const int64_t second = SecondOf(now_);
  if (second == second_) return;
  const int64_t full = std::min(kSeconds, second - SecondOf(begin_));
  const int64_t first_stale = std::max(second_ + 2, second + 2 - kRing);
  for (size_t c = 0; c < channels_.size(); ++c) {
    Channel& channel = channels_[c];
    Ring& ring = rings_[c];
    if (second_ >= 0) {
      for (int64_t s = first_stale; s <= second + 1; ++s) ring.counts[s % kRing] = 0;
    }
    int64_t sum = 0;
    for (int64_t s = second - full; s < second; ++s) sum += ring.counts[s % kRing];
    channel.rate_hz = full > 0 ? static_cast<double>(sum) / static_cast<double>(full) : 0;
    const int64_t since = std::max(ring.last_spike, begin_);
    const bool quiet = static_cast<double>(now_ - since) / rate_ >= kQuietSeconds;
    channel.state = channel.rate_hz > kSaturatedHz            ? State::kSaturated
                    : channel.artifacts > channel.spikes + 10 ? State::kArtifacts
                    : quiet && channel.spikes == 0            ? State::kDead
                    : quiet                                   ? State::kSilent
                                                              : State::kGood;
  }
  second_ = second;
}

void ChannelHealth::Restart() {
  begin_ = second_ = -1;
  now_ = 0;
  std::fill(rings_.begin(), rings_.end(), Ring());
}

std::string ChannelHealth::Report(const std::vector<std::string>& names) const {
  std::string wrong;
  int count = 0;
  for (size_t c = 0; c < channels_.size() && c < names.size(); ++c) {
    const Channel& channel = channels_[c];
    std::string what;
    switch (channel.state) {
      case State::kGood:
        continue;
      case State::kDead:
        what = "dead (no spike since the start)";
        break;
      case State::kSilent:
        what = absl::StrFormat(
            "silent (no spike for %.0f s)",
            static_cast<double>(now_ - std::max(rings_[c].last_spike, begin_)) / rate_);
        break;
      case State::kSaturated:
        what = absl::StrFormat("saturated (%.0f spikes/s: is the threshold in the noise?)",
                               channel.rate_hz);
        break;
      case State::kArtifacts:
        what = absl::StrFormat("%d of %d spikes are artifacts", channel.artifacts,
                               channel.artifacts + channel.spikes);
        break;
    }
    if (++count <= 8) absl::StrAppend(&wrong, count > 1 ? ", " : "", names[c], " ", what);
  }
  if (count == 0) return "";
  return absl::StrCat(count, " of ", names.size(), " channels look wrong: ", wrong,
                      count > 8 ? ", ..." : "");
}

}  // namespace evoke
