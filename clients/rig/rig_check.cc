#include "clients/rig/rig_check.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace evoke {
namespace {

// A rate further off than this is a wrong setting: arrivals jitter, quartz is better than that.
constexpr double kMostPpm = 10000;
constexpr size_t kMostFaults = 5;

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

RigCheck::RigCheck(double sample_rate_hz)
    : rate_(sample_rate_hz), health_(sample_rate_hz), arrivals_(sample_rate_hz) {}

void RigCheck::Take(const RigData& data) {
  if (data.clock_restarted) {
    ++restarts_;
    health_.Restart();
    arrivals_.Reset();
    arrivals_seen_ = 0;
    line_.last_rising = 0;
  }
  channels_.insert(channels_.end(), data.new_channels.begin(), data.new_channels.end());
  for (const RecordedSpike& spike : data.spikes) health_.Add(spike);
  for (const LineEdge& edge : data.edges) {
    const double since = static_cast<double>(edge.sample - line_.last_rising) / rate_;
    if (edge.rising) {
      if (line_.last_rising != 0) line_.intervals.push_back(since);
      line_.last_rising = edge.sample;
      ++line_.rising;
      if (edge.sync_code != 0) ++line_.codes;
    } else if (line_.last_rising != 0) {
      line_.widths.push_back(since);
    }
  }
  for (const RigFault& fault : data.faults) faults_.push_back(fault.message);
  trouble_ = data.trouble;
  if (data.newest_received_nanos != 0) {
    if (arrivals_seen_++ == 0) first_sample_ = data.newest_sample;
    last_sample_ = data.newest_sample;
    arrivals_.Add(data.newest_received_nanos, data.newest_sample);
    health_.Advance(data.newest_sample, channels_.size());
  }
}

double RigCheck::seconds() const {
  return static_cast<double>(last_sample_ - first_sample_) / rate_;
}

std::vector<std::string> RigCheck::Problems(bool needs_line) const {
  std::vector<std::string> problems;
  if (!trouble_.empty()) problems.push_back(trouble_);
  if (arrivals_seen_ == 0 && trouble_.empty()) problems.push_back("no data arrived");
  if (restarts_ > 0) problems.push_back("the acquisition was restarted during the check");
  for (size_t i = 0; i < std::min(faults_.size(), kMostFaults); ++i) problems.push_back(faults_[i]);
  int64_t spikes = 0;
  for (const ChannelHealth::Channel& channel : health_.channels()) spikes += channel.spikes;
  if (spikes == 0 && arrivals_seen_ > 0) {
    problems.push_back("no spikes on any channel: are thresholds set, and spikes sent?");
  }
  if (needs_line && arrivals_seen_ > 0 && line_.rising == 0) {
    problems.push_back(
        "no pulse on the stimulus line: show something, check the wiring and --stimulus-line");
  }
  const double ppm = arrivals_.ToProto().drift_ppm();
  if (arrivals_seen_ > 20 && seconds() > 5 && std::abs(ppm) > kMostPpm) {
    problems.push_back(absl::StrFormat(
        "samples arrive at %.4g times the rate of %g per second: is the sample rate right?",
        1 + ppm * 1e-6, rate_));
  }
  if (const std::string wrong = health_.Report(channels_); !wrong.empty())
    problems.push_back(wrong);
  return problems;
}

std::string RigCheck::Report() const {
  std::string text = absl::StrFormat("%.1f s of data at %g samples/s, %d channels\n", seconds(),
                                     rate_, channels_.size());
  text += "  channel        spikes   spikes/s  artifacts  threshold\n";
  const std::vector<ChannelHealth::Channel>& found = health_.channels();
  for (size_t c = 0; c < channels_.size(); ++c) {
    const ChannelHealth::Channel channel = c < found.size() ? found[c] : ChannelHealth::Channel();
    const bool known = c < thresholds_.size() && !std::isnan(thresholds_[c]);
    text += absl::StrFormat("  %-12s %8d %10.1f %10d  %s\n", channels_[c], channel.spikes,
                            seconds() > 0 ? static_cast<double>(channel.spikes) / seconds() : 0.0,
                            channel.artifacts,
                            known ? absl::StrFormat("%.0f uV", thresholds_[c]) : "unknown");
  }
  if (line_.rising == 0) {
    text += "stimulus line: no pulse\n";
  } else {
    text += absl::StrFormat(
        "stimulus line: %d pulses, every %.0f ms, %.0f ms long (medians)%s\n", line_.rising,
        1e3 * Median(line_.intervals), 1e3 * Median(line_.widths),
        line_.codes > 0 ? absl::StrFormat(", %d with a sync code", line_.codes) : "");
  }
  const v1::ClockFit fit = arrivals_.ToProto();
  text += absl::StrFormat(
      "sample clock against this machine's, by arrival: drift %+.0f ppm, residual %.1f ms\n",
      fit.drift_ppm(), static_cast<double>(fit.residual_nanos()) * 1e-6);
  text += absl::StrCat("faults: ", faults_.size(), "\n");
  return text;
}

}  // namespace evoke
