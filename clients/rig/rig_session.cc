#include "clients/rig/rig_session.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/responder/spike_counting.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

// Longer than any window (a minute on either side of the onset) and the lateness of any notice.
constexpr double kKeptSeconds = 140;
constexpr size_t kKeptFaults = 256;
// "Ever": the end of a capture, or of what came before the clock restarted.
constexpr int64_t kEver = std::numeric_limits<int64_t>::max();

v1::Response Failed(std::string why) {
  v1::Response response;
  response.set_failure(std::move(why));
  return response;
}

}  // namespace

absl::Status RigSessionOptions::Validate() const {
  const auto check = [](absl::Duration d, absl::Duration most, const char* name) {
    if (d >= absl::ZeroDuration() && d <= most) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat(name, ": allowed are 0 to ", absl::FormatDuration(most)));
  };
  EVOKE_RETURN_IF_ERROR(check(before, absl::Seconds(5), "time before the windows"));
  EVOKE_RETURN_IF_ERROR(check(after, absl::Seconds(5), "time after the windows"));
  EVOKE_RETURN_IF_ERROR(check(rig_delay, absl::Seconds(5), "the rig's delay"));
  return check(patience, absl::Hours(1), "patience");
}

RigSession::RigSession(const RigSessionOptions& options, double sample_rate_hz)
    : options_(options),
      rate_(sample_rate_hz),
      matcher_(sample_rate_hz),
      arrivals_(sample_rate_hz),
      health_(sample_rate_hz) {}

void RigSession::Take(const RigData& data, int64_t now_nanos) {
  if (data.clock_restarted) {
    const std::string why =
        data.faults.empty() ? "the rig's sample numbers began anew" : data.faults.front().message;
    for (auto& [id, pending] : pending_) {
      if (pending.failure.empty()) pending.failure = why;
      matcher_.Drop(id);
    }
    matcher_.ForgetPulses();
    arrivals_.Reset();
    spikes_.Clear();
    health_.Restart();
    faults_.clear();  // their samples mean something else from now on
    complete_before_ = std::numeric_limits<int64_t>::min();
  }
  for (const std::string& name : data.new_channels) {
    channel_of_[name] = static_cast<int>(channels_.size());
    channels_.push_back(name);
    channels_changed_ = true;
  }
  for (const RecordedSpike& spike : data.spikes) {
    spikes_.Add(spike);
    health_.Add(spike);
  }
  for (const LineEdge& edge : data.edges) {
    if (edge.rising) matcher_.AddPulse(edge.sample, edge.sync_code, now_nanos);
  }
  for (const RigFault& fault : data.faults) {
    // A fault that says why the clock restarted has done its work above.
    if (data.clock_restarted && fault.kind == RigFault::Kind::kJump && fault.last_sample == kEver) {
      continue;
    }
    AddFault(fault);
  }
  if (data.newest_received_nanos != 0) {
    arrivals_.Add(data.newest_sample, data.newest_received_nanos);
  }
  recorder_trouble_ = data.trouble;
  if (data.complete_before > complete_before_) {
    complete_before_ = data.complete_before;
    if (complete_before_ == kEver) return;  // nothing more comes; what is there is still counted
    health_.Advance(complete_before_, channels_.size());
    const int64_t kept = complete_before_ - static_cast<int64_t>(kKeptSeconds * rate_);
    spikes_.DropBefore(kept);
    std::erase_if(faults_, [kept](const RigFault& fault) { return fault.last_sample < kept; });
  }
}

void RigSession::AddFault(const RigFault& fault) {
  faults_.push_back(fault);
  if (faults_.size() <= kKeptFaults) return;
  // No fault is forgotten while a window can reach it: the two oldest become one.
  RigFault& second = faults_[1];
  second.first_sample = std::min(second.first_sample, faults_[0].first_sample);
  second.last_sample = std::max(second.last_sample, faults_[0].last_sample);
  faults_.pop_front();
}

void RigSession::Take(v1::PresentationNotice notice, int64_t onset_local_nanos, int64_t now_nanos) {
  const v1::Instant& onset = notice.trial().presentation().onset();
  if (onset.session() != server_session_) {
    for (auto& [id, pending] : pending_) {
      if (pending.onset_sample || !pending.failure.empty()) continue;
      pending.failure = "the server was restarted before the onset was found in the recording";
    }
    matcher_.ForgetPresentations();
    server_session_ = onset.session();
  }
  const int64_t id = next_id_++;
  Pending& pending = pending_[id];
  pending.taken_nanos = now_nanos;
  pending.onset_local_nanos = onset_local_nanos;
  if (options_.onset != RigSessionOptions::Onset::kClock) {
    matcher_.AddPresentation({id, onset.session_nanos(), notice.trial().sync_code()}, now_nanos);
  }
  pending.notice = std::move(notice);
}

void RigSession::FindOnsets(int64_t now_nanos) {
  if (options_.onset == RigSessionOptions::Onset::kClock) {
    if (!arrivals_.known()) return;
    for (auto& [id, pending] : pending_) {
      if (pending.onset_sample || pending.onset_local_nanos == 0) continue;
      pending.onset_sample = arrivals_.ToSample(pending.onset_local_nanos,
                                                absl::ToInt64Nanoseconds(options_.rig_delay));
      pending.uncertainty_nanos = arrivals_.uncertainty_nanos() +
                                  pending.notice.trial().presentation().onset().uncertainty_nanos();
    }
    return;
  }
  for (const LineMatch& match : matcher_.Advance(complete_before_, now_nanos)) {
    const auto it = pending_.find(match.id);
    if (it == pending_.end()) continue;
    if (match.matched) {
      it->second.onset_sample = match.sample;
      it->second.deviation_nanos = match.deviation_nanos;
      it->second.uncertainty_nanos = std::llround(1e9 / rate_);
    } else {
      it->second.failure = match.reason;
    }
  }
}

std::vector<AnsweredPresentation> RigSession::Answer(int64_t now_nanos) {
  std::vector<AnsweredPresentation> answers;
  if (pending_.empty()) {
    matcher_.Advance(complete_before_, now_nanos);
    return answers;
  }
  FindOnsets(now_nanos);
  for (auto it = pending_.begin(); it != pending_.end();) {
    std::optional<v1::Response> response = AnswerOne(it->second, now_nanos);
    if (!response) {
      ++it;
      continue;
    }
    matcher_.Drop(it->first);
    if (it->second.onset_sample) *response->mutable_recorded_onset() = RecordedOnsetOf(it->second);
    answers.push_back({std::move(it->second.notice), *std::move(response)});
    it = pending_.erase(it);
  }
  return answers;
}

RigSession::Span RigSession::SpanOf(const v1::ObjectiveSpec& objective) const {
  const TickWindow latency = ToTicks(objective.latency_window(), rate_);
  TickWindow whole = latency;
  if (objective.has_baseline_window()) {
    const TickWindow baseline = ToTicks(objective.baseline_window(), rate_);
    whole = {std::min(whole.start, baseline.start), std::max(whole.end, baseline.end)};
  }
  const auto samples = [&](absl::Duration d) {
    return static_cast<int64_t>(std::ceil(absl::ToDoubleSeconds(d) * rate_));
  };
  return {whole.start - samples(options_.before), whole.end + samples(options_.after)};
}

std::optional<v1::Response> RigSession::AnswerOne(const Pending& pending, int64_t now_nanos) const {
  if (!pending.failure.empty()) return Failed(pending.failure);
  if (pending.onset_sample) {
    Span span = SpanOf(pending.notice.objective());
    span = {*pending.onset_sample + span.first, *pending.onset_sample + span.end};
    if (complete_before_ >= span.end) {
      absl::StatusOr<v1::Response> response = Count(pending, span);
      return response.ok() ? *std::move(response)
                           : Failed(std::string(response.status().message()));
    }
  }
  const int64_t window_nanos =
      std::max<int64_t>(0, ToTicks(pending.notice.objective().latency_window(), 1e9).end);
  const int64_t patience = absl::ToInt64Nanoseconds(options_.patience) + window_nanos;
  if (now_nanos - pending.taken_nanos < patience) return std::nullopt;
  const std::string seconds = absl::FormatDuration(options_.patience);
  if (!recorder_trouble_.empty()) return Failed(recorder_trouble_);
  if (pending.onset_sample) {
    return Failed(absl::StrCat("the recording of its window did not arrive within ", seconds));
  }
  if (options_.onset == RigSessionOptions::Onset::kClock) {
    return Failed(arrivals_.known()
                      ? "the onset can't be computed: the server's clock is not known, as no "
                        "heartbeats reach it"
                      : "the rig's clock is not known: no data arrive");
  }
  return Failed(
      absl::StrCat("the stimulus line's pulses could not be matched with what was shown "
                   "within ",
                   seconds, "; check that the line or the photodiode follows the sync patch"));
}

absl::StatusOr<v1::Response> RigSession::Count(const Pending& pending, Span span) const {
  if (const std::string fault = FaultIn(span); !fault.empty()) {
    return absl::DataLossError(fault);
  }
  const v1::ObjectiveSpec& objective = pending.notice.objective();
  std::vector<UnitSpikes> spikes;
  for (const auto& wanted : objective.units()) {
    EVOKE_ASSIGN_OR_RETURN(const UnitOf unit, FindUnit(wanted.unit()));
    UnitSpikes of_unit{wanted.unit(),
                       spikes_.Between(unit.channel, unit.sorted_id, span.first, span.end)};
    for (int64_t& sample : of_unit.ticks_from_onset) sample -= *pending.onset_sample;
    spikes.push_back(std::move(of_unit));
  }
  return CountResponse(objective, std::move(spikes), rate_);
}

absl::StatusOr<RigSession::UnitOf> RigSession::FindUnit(const std::string& name) const {
  const size_t slash = name.rfind('/');
  if (slash != std::string::npos) {
    const auto channel = channel_of_.find(name.substr(0, slash));
    const std::string id = name.substr(slash + 1);
    int sorted_id = SpikeBuffer::kAllIds;
    if (channel != channel_of_.end() &&
        (id == "mua" || (absl::SimpleAtoi(id, &sorted_id) && sorted_id >= 0))) {
      return UnitOf{channel->second, sorted_id};
    }
  }
  return absl::NotFoundError(absl::StrCat(
      "no unit ", name, " here; units are named ELECTRODE/N or ELECTRODE/mua, with electrodes ",
      channels_.empty() ? "that are not known yet"
                        : absl::StrCat("from ", channels_.front(), " to ", channels_.back())));
}

std::string RigSession::FaultIn(Span span) const {
  for (const RigFault& fault : faults_) {
    if (fault.first_sample < span.end && fault.last_sample >= span.first) return fault.message;
  }
  return "";
}

v1::RecordedOnset RigSession::RecordedOnsetOf(const Pending& pending) const {
  v1::RecordedOnset onset;
  onset.set_sample(*pending.onset_sample);
  onset.set_sample_rate_hz(rate_);
  onset.set_source(options_.onset == RigSessionOptions::Onset::kLine
                       ? v1::Presentation::ONSET_SOURCE_RIG_LINE
                   : options_.onset == RigSessionOptions::Onset::kPhotodiode
                       ? v1::Presentation::ONSET_SOURCE_RIG_PHOTODIODE
                       : v1::Presentation::ONSET_SOURCE_FITTED_CLOCK);
  onset.set_uncertainty_nanos(pending.uncertainty_nanos);
  onset.set_deviation_nanos(pending.deviation_nanos);
  *onset.mutable_fit() = clock_fit();
  return onset;
}

v1::ClockFit RigSession::clock_fit() const { return matcher_.clock().ToProto(); }

std::string RigSession::trouble(int64_t now_nanos) const {
  if (recorder_trouble_.empty() && matcher_.needs_pause(now_nanos)) {
    return "a pause of the display is needed, to tell which pulse on the stimulus line is whose";
  }
  return recorder_trouble_;
}

v1::Client::Backend RigSession::Describe() const {
  v1::Client::Backend backend;
  for (const std::string& name : channels_) {
    v1::Client::Unit& unit = *backend.add_units();
    unit.set_name(name);
    unit.set_electrode(true);
  }
  return backend;
}

}  // namespace evoke
