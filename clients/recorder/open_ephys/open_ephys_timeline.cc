#include "clients/recorder/open_ephys/open_ephys_timeline.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"

namespace evoke {
namespace {

constexpr int64_t kNanosPerSecond = 1'000'000'000;
// Steps beyond these are no disorder of messages.
constexpr absl::Duration kJump = absl::Seconds(1);
constexpr absl::Duration kLongestHold = absl::Milliseconds(1500);
// How long a silent line is waited for before our own clock takes over, and how far behind it the
// own clock stays: messages of a block that is being processed and sent.
constexpr absl::Duration kSilence = absl::Milliseconds(200);
constexpr absl::Duration kOwnClockMargin = absl::Milliseconds(150);
// Messages of the old clock may come for so long after a restart.
constexpr absl::Duration kStragglers = absl::Seconds(1);

}  // namespace

void AddFault(RigFault::Kind kind, std::string message, int64_t first_sample, int64_t last_sample,
              RigData* data) {
  if (!data->faults.empty()) {
    RigFault& last = data->faults.back();
    if (last.kind == kind && last.message == message && first_sample <= last.last_sample &&
        last.first_sample <= last_sample) {
      last.first_sample = std::min(last.first_sample, first_sample);
      last.last_sample = std::max(last.last_sample, last_sample);
      return;
    }
  }
  data->faults.push_back({kind, std::move(message), first_sample, last_sample});
}

int64_t OpenEphysTimeline::hold() const {
  const int64_t by_steps = std::min(largest_step_back_ * 3 / 2, Samples(kLongestHold));
  return std::max({Samples(reorder_span_), by_steps, 2 * block_samples_});
}

OpenEphysTimeline::Verdict OpenEphysTimeline::Judge(int64_t last, int64_t received_nanos) const {
  if (!started_ || rate_ == 0) return Verdict::kTake;
  const int64_t jump = std::max(Samples(kJump), hold());
  if (restarted_ && received_nanos - restart_nanos_ < absl::ToInt64Nanoseconds(kStragglers) &&
      std::abs(last - newest_before_restart_) < jump && std::abs(last - newest_) > jump) {
    return Verdict::kStraggler;
  }
  const bool back = last < std::max(newest_, complete_before_) - jump;
  return back ? Verdict::kRestart : Verdict::kTake;
}

void OpenEphysTimeline::Restart(int64_t first, int64_t received_nanos, RigData* data) {
  data->clock_restarted = true;
  AddFault(RigFault::Kind::kJump,
           absl::StrFormat("Open Ephys' sample numbers jumped back from %d to %d: the acquisition "
                           "was started again, or a played file began anew",
                           newest_, first),
           std::numeric_limits<int64_t>::min(), first, data);
  restarted_ = true;
  restart_nanos_ = received_nanos;
  newest_before_restart_ = newest_;
  started_ = false;
  have_lead_ = false;
  complete_before_ = std::numeric_limits<int64_t>::min();
}

void OpenEphysTimeline::Raise(int64_t sample, int64_t received_nanos, RigData* data) {
  if (rate_ > 0 && speed_ > 0) {
    const double lead = static_cast<double>(sample) / rate_ -
                        speed_ * static_cast<double>(received_nanos) / kNanosPerSecond;
    const double jump = lead - lead_seconds_;
    if (started_ && have_lead_ && jump > absl::ToDoubleSeconds(kJump)) {
      AddFault(RigFault::Kind::kJump,
               absl::StrFormat("Open Ephys' sample numbers jumped from %d to %d, %.1f s further "
                               "than time went on",
                               newest_, sample, jump),
               newest_ - hold(), sample, data);
    }
    lead_seconds_ = have_lead_ ? std::max(lead_seconds_, lead) : lead;
    have_lead_ = true;
  }
  if (!started_ || sample >= newest_) {
    newest_ = sample;
    newest_nanos_ = received_nanos;
  }
  started_ = true;
}

void OpenEphysTimeline::TakeEvent(int64_t sample, int64_t received_nanos, RigData* data) {
  if (started_ && sample < newest_) {
    largest_step_back_ = std::max(largest_step_back_, newest_ - sample);
  }
  if (sample < complete_before_) {
    AddFault(RigFault::Kind::kLoss,
             "a message of Open Ephys came later than it was waited for: if this recurs, raise the "
             "reorder span",
             sample, complete_before_ - 1, data);
  }
  Raise(sample, received_nanos, data);
}

void OpenEphysTimeline::TakeBlock(int64_t first, int samples, int64_t received_nanos,
                                  RigData* data) {
  block_samples_ = std::max<int64_t>(block_samples_, samples);
  Raise(first + std::max(samples, 1) - 1, received_nanos, data);
}

void OpenEphysTimeline::Advance(int64_t now_nanos, int64_t running_until_nanos) {
  if (!started_ || rate_ == 0) return;
  complete_before_ = std::max(complete_before_, newest_ - hold());
  const int64_t silent_nanos = now_nanos - newest_nanos_;
  if (silent_nanos < absl::ToInt64Nanoseconds(kSilence) || speed_ == 0) return;
  const int64_t ran_nanos = std::min(now_nanos, running_until_nanos) - newest_nanos_;
  if (ran_nanos <= 0) return;
  const double ran = static_cast<double>(ran_nanos) / kNanosPerSecond * speed_;
  complete_before_ = std::max(complete_before_, newest_ + static_cast<int64_t>(ran * rate_) -
                                                    hold() - Samples(kOwnClockMargin * speed_));
}

}  // namespace evoke
