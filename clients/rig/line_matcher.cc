#include "clients/rig/line_matcher.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "absl/strings/str_format.h"

namespace evoke {
namespace {

// Widest distance of a pulse from where it is expected, seconds: more than a display's estimate is
// off, and less than any presentation lasts.
constexpr double kWidestGate = 0.025;
// Share of the distance to the neighbours that a pulse may stray.
constexpr double kGateShare = 0.4;
// Presentations that must fit before an offset is believed, unless the display rests.
constexpr int kEnough = 3;
// The display rests, and a pulse that nobody claims by now is nobody's.
constexpr int64_t kLeastRestNanos = 1'500'000'000;
// How much better the offset has to be than any other: so much that neither a pulse that is missing
// or one too many, nor one whose presentation is still to be told of, makes another look better.
constexpr double kLead = 3;
// More pulses than this missing lately, and as many unclaimed: the offset is another one.
constexpr double kLost = 2;
// Presentations that "lately" spans.
constexpr double kLately = 16;
// After a longer pause the fit, of a few onsets perhaps, is not trusted to say where a pulse
// belongs.
constexpr int64_t kStaleNanos = 60'000'000'000;
// Presentations and pulses that are looked at for an offset.
constexpr size_t kMost = 64;
// More than one experiment has waiting at a time, with the display's default.
constexpr size_t kMostUnanswered = 12;

bool Agree(uint32_t pulse_code, uint32_t sync_code) {
  return pulse_code == 0 || pulse_code == (sync_code & 0xff);
}

}  // namespace

void LineMatcher::AddPulse(int64_t sample, uint32_t sync_code, int64_t now_nanos) {
  const auto at = std::upper_bound(pulses_.begin(), pulses_.end(), sample,
                                   [](int64_t s, const Pulse& p) { return s < p.sample; });
  pulses_.insert(at, {sample, sync_code, now_nanos});
  changed_ = true;
}

void LineMatcher::AddPresentation(const ShownOnset& shown, int64_t now_nanos) {
  const auto at = std::upper_bound(
      waiting_.begin(), waiting_.end(), shown.session_nanos,
      [](int64_t nanos, const Waiting& w) { return nanos < w.shown.session_nanos; });
  waiting_.insert(at, {shown, now_nanos});
  changed_ = true;
}

void LineMatcher::Drop(int64_t id) {
  std::erase_if(waiting_, [&](const Waiting& w) { return w.shown.id == id; });
}

void LineMatcher::ForgetPulses() {
  pulses_.clear();
  Unlock();
}

void LineMatcher::ForgetPresentations() {
  waiting_.clear();
  last_decided_nanos_ = 0;
  Unlock();
}

void LineMatcher::Unlock() {
  clock_.Reset();
  recently_missing_ = recently_extra_ = 0;
}

std::vector<LineMatch> LineMatcher::Advance(int64_t complete_before, int64_t now_nanos) {
  std::vector<LineMatch> matches;
  if (locked() && !waiting_.empty() && last_decided_nanos_ != 0 &&
      waiting_.front().shown.session_nanos - last_decided_nanos_ > kStaleNanos) {
    Unlock();
    last_decided_nanos_ = 0;
    changed_ = true;
  }
  if (!locked() && !TryLock(complete_before, now_nanos)) {
    while (pulses_.size() > kMost) pulses_.pop_front();
    return matches;
  }
  while (!waiting_.empty()) {
    const int64_t gate = std::llround(Gate(0) * clock_.sample_rate_hz());
    const int64_t expected = clock_.ToSample(waiting_.front().shown.session_nanos);
    if (complete_before <= expected + gate) break;
    DropPulsesBefore(expected - gate);
    matches.push_back(Decide(waiting_.front(), expected, gate));
    last_decided_nanos_ = waiting_.front().shown.session_nanos;
    waiting_.pop_front();
    if (recently_missing_ > kLost && recently_extra_ > kLost) {
      Unlock();
      break;
    }
  }
  // Pulses that nothing was shown for do not pile up while nothing is shown.
  while (pulses_.size() > kMost) {
    ++extra_;
    pulses_.pop_front();
  }
  return matches;
}

void LineMatcher::DropPulsesBefore(int64_t sample) {
  while (!pulses_.empty() && pulses_.front().sample < sample) {
    pulses_.pop_front();
    ++extra_;
    ++recently_extra_;
  }
}

int64_t LineMatcher::RestNanos() const {
  // A presentation is told of when it is over, its pulse comes when it begins.
  int64_t interval = INT64_MAX;
  for (size_t i = FirstLookedAt() + 1; i < waiting_.size(); ++i) {
    interval =
        std::min(interval, waiting_[i].shown.session_nanos - waiting_[i - 1].shown.session_nanos);
  }
  return interval == INT64_MAX ? kLeastRestNanos : std::max(kLeastRestNanos, 2 * interval);
}

size_t LineMatcher::FirstLookedAt() const {
  return waiting_.size() - std::min(waiting_.size(), kMost);
}

double LineMatcher::Gate(size_t index) const {
  double gate = kWidestGate;
  const int64_t here = waiting_[index].shown.session_nanos;
  const auto stay_clear_of = [&](int64_t other) {
    gate = std::min(gate, kGateShare * static_cast<double>(std::abs(other - here)) * 1e-9);
  };
  if (index > 0) {
    stay_clear_of(waiting_[index - 1].shown.session_nanos);
  } else if (last_decided_nanos_ != 0) {
    stay_clear_of(last_decided_nanos_);
  }
  if (index + 1 < waiting_.size()) stay_clear_of(waiting_[index + 1].shown.session_nanos);
  return gate;
}

LineMatch LineMatcher::Decide(const Waiting& waiting, int64_t expected, int64_t gate) {
  recently_missing_ *= 1 - 1 / kLately;
  recently_extra_ *= 1 - 1 / kLately;
  LineMatch match;
  match.id = waiting.shown.id;
  std::vector<const Pulse*> near;
  bool other_code = false;
  auto end = pulses_.begin();
  for (; end != pulses_.end() && end->sample <= expected + gate; ++end) {
    if (Agree(end->sync_code, waiting.shown.sync_code)) {
      near.push_back(&*end);
    } else {
      other_code = true;
    }
  }
  const double gate_ms = 1e3 * static_cast<double>(gate) / clock_.sample_rate_hz();
  if (near.size() == 1) {
    match.matched = true;
    match.sample = near[0]->sample;
    match.deviation_nanos =
        std::llround(static_cast<double>(match.sample - expected) * 1e9 / clock_.sample_rate_hz());
    clock_.Add(waiting.shown.session_nanos, match.sample);
    ++matched_;
  } else {
    match.reason = !near.empty() ? absl::StrFormat(
                                       "%d pulses on the stimulus line within %.0f ms of the "
                                       "onset; which is the stimulus' can't be told",
                                       near.size(), gate_ms)
                   : other_code
                       ? absl::StrFormat("the pulse at the onset carries another sync code than %d",
                                         waiting.shown.sync_code & 0xff)
                       : absl::StrFormat(
                             "no pulse on the stimulus line within %.0f ms of the onset; check "
                             "the photodiode and the sync patch",
                             gate_ms);
    ++missing_;
    ++recently_missing_;
  }
  pulses_.erase(pulses_.begin(), end);
  return match;
}

LineMatcher::Score LineMatcher::ScoreOf(double offset_seconds, int64_t complete_before,
                                        int64_t now_nanos, double tolerance) const {
  Score score;
  const double rate = clock_.sample_rate_hz();
  const int64_t rest = RestNanos();
  const double known_until = static_cast<double>(complete_before) / rate - tolerance;
  size_t p = 0;
  int extra = 0;
  bool first = true;
  for (size_t i = FirstLookedAt(); i < waiting_.size(); ++i) {
    const Waiting& w = waiting_[i];
    const double expected = static_cast<double>(w.shown.session_nanos) * 1e-9 + offset_seconds;
    while (p < pulses_.size() &&
           static_cast<double>(pulses_[p].sample) / rate < expected - tolerance) {
      // Before the first presentation others may have been shown that were answered already: any
      // number of pulses there says no more than one does.
      if (!first || extra == 0) ++extra;
      ++p;
    }
    first = false;
    const bool there = p < pulses_.size() &&
                       static_cast<double>(pulses_[p].sample) / rate <= expected + tolerance &&
                       Agree(pulses_[p].sync_code, w.shown.sync_code);
    if (there) {
      ++score.matched;
      score.mean_deviation += static_cast<double>(pulses_[p].sample) / rate - expected;
      ++p;
    } else if (expected <= known_until) {
      ++score.alone;
    }
  }
  for (; p < pulses_.size(); ++p) {
    if (now_nanos - pulses_[p].received_nanos > rest) ++extra;
  }
  score.alone += extra;
  score.value = score.matched - score.alone;
  if (score.matched > 0) score.mean_deviation /= score.matched;
  return score;
}

bool LineMatcher::needs_pause(int64_t now_nanos) const {
  return !locked() && waiting_.size() >= kMostUnanswered &&
         now_nanos - waiting_.back().added_nanos <= RestNanos();
}

bool LineMatcher::TryLock(int64_t complete_before, int64_t now_nanos) {
  if (pulses_.empty() || waiting_.empty()) return false;
  const bool rests = now_nanos - waiting_.back().added_nanos > RestNanos();
  if (!changed_ && !rests) return false;
  changed_ = false;
  double tolerance = kWidestGate / 2;
  for (size_t i = FirstLookedAt(); i < waiting_.size(); ++i) {
    tolerance = std::min(tolerance, Gate(i));
  }
  const size_t first_pulse = pulses_.size() - std::min(pulses_.size(), kMost);
  struct Candidate {
    double offset;
    Score score;
  };
  std::vector<Candidate> candidates;
  for (size_t i = FirstLookedAt(); i < waiting_.size(); ++i) {
    for (size_t j = first_pulse; j < pulses_.size(); ++j) {
      if (!Agree(pulses_[j].sync_code, waiting_[i].shown.sync_code)) continue;
      const double offset = static_cast<double>(pulses_[j].sample) / clock_.sample_rate_hz() -
                            static_cast<double>(waiting_[i].shown.session_nanos) * 1e-9;
      candidates.push_back({offset, ScoreOf(offset, complete_before, now_nanos, tolerance)});
    }
  }
  if (candidates.empty()) return false;
  const Candidate& best = *std::max_element(
      candidates.begin(), candidates.end(),
      [](const Candidate& a, const Candidate& b) { return a.score.value < b.score.value; });
  const bool enough =
      best.score.matched >= kEnough || (rests && best.score.matched >= 1 && best.score.alone == 0);
  if (!enough || best.score.value < 1) return false;
  for (const Candidate& other : candidates) {
    if (std::abs(other.offset - best.offset) > 2 * tolerance &&
        other.score.value > best.score.value - kLead) {
      return false;
    }
  }
  // One pair is enough to begin the fit with; the presentations themselves are decided as any.
  const double offset = best.offset + best.score.mean_deviation;
  const int64_t at = waiting_.front().shown.session_nanos;
  clock_.Add(at, std::llround((static_cast<double>(at) * 1e-9 + offset) * clock_.sample_rate_hz()));
  return true;
}

}  // namespace evoke
