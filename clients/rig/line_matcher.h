// Which pulse on the stimulus line belongs to which presentation.
#ifndef EVOKE_CLIENTS_RIG_LINE_MATCHER_H_
#define EVOKE_CLIENTS_RIG_LINE_MATCHER_H_

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "clients/rig/sample_clock.h"

namespace evoke {

struct ShownOnset {
  int64_t id = 0;
  int64_t session_nanos = 0;  // the display's stamp
  uint32_t sync_code = 0;
};

// What became of a presentation.
struct LineMatch {
  int64_t id = 0;
  bool matched = false;
  int64_t sample = 0;           // of its pulse
  int64_t deviation_nanos = 0;  // of the pulse from where the fit expected it
  std::string reason;           // not matched: why
};

// First the offset of the two clocks is found, whatever the delay between display and recording: of
// all that make some pulse coincide with some presentation, the one that leaves the fewest pulses
// and presentations alone, taken once no other comes near it. (A regular series fits itself at
// every period: then it takes a pause of the display to tell, and a display whose trials are not
// answered pauses soon.) From then on each presentation has
// to have its pulse, and only one, near where the fit of the clocks expects it. One that has none,
// or two, is rejected, and nothing that follows it; a pulse that nothing was shown for is passed
// over. After a minute without presentations the offset is sought anew: the clocks may have drifted
// further than the fit, of a few onsets perhaps, can tell. Sync codes, where the line has them,
// must agree. Not thread-safe.
class LineMatcher {
 public:
  explicit LineMatcher(double sample_rate_hz) : clock_(sample_rate_hz) {}

  // `now_nanos`, here and below: this process' monotonic clock.
  void AddPulse(int64_t sample, uint32_t sync_code, int64_t now_nanos);
  void AddPresentation(const ShownOnset& shown, int64_t now_nanos);
  // Forgets a presentation that is not decided yet.
  void Drop(int64_t id);
  // Decides what can be decided, given that every pulse before `complete_before` is known.
  std::vector<LineMatch> Advance(int64_t complete_before, int64_t now_nanos);

  // Sample numbers began anew.
  void ForgetPulses();
  // The session clock began anew. Presentations that are not decided yet are dropped.
  void ForgetPresentations();

  // The offset is not found, and more presentations wait than a display shows unanswered: only a
  // pause will tell, and none is coming by itself.
  bool needs_pause(int64_t now_nanos) const;

  const SampleClock& clock() const { return clock_; }
  bool locked() const { return clock_.known(); }
  int64_t matched() const { return matched_; }
  int64_t missing() const { return missing_; }  // presentations without their one pulse
  int64_t extra() const { return extra_; }      // pulses without a presentation

 private:
  struct Pulse {
    int64_t sample = 0;
    uint32_t sync_code = 0;
    int64_t received_nanos = 0;
  };
  struct Waiting {
    ShownOnset shown;
    int64_t added_nanos = 0;
  };
  struct Score {
    double value = 0;
    int matched = 0;
    int alone = 0;  // presentations and pulses that should have a partner
    double mean_deviation = 0;
  };

  bool TryLock(int64_t complete_before, int64_t now_nanos);
  Score ScoreOf(double offset_seconds, int64_t complete_before, int64_t now_nanos,
                double tolerance) const;
  // How long nothing new has to come before the display is taken to rest.
  int64_t RestNanos() const;
  // The first of the latest presentations, which an offset is sought for.
  size_t FirstLookedAt() const;
  // Half the width of the window for a pulse, seconds: bounded by the distance to what was shown
  // before and after.
  double Gate(size_t index) const;
  LineMatch Decide(const Waiting& waiting, int64_t expected, int64_t gate);
  void DropPulsesBefore(int64_t sample);
  void Unlock();

  SampleClock clock_;
  std::deque<Pulse> pulses_;        // unmatched, ascending
  std::deque<Waiting> waiting_;     // not decided, ascending
  int64_t last_decided_nanos_ = 0;  // session time of the latest decided; 0: none
  bool changed_ = false;            // something new since the last try to lock
  double recently_missing_ = 0;     // of the latest presentations, older ones fading
  double recently_extra_ = 0;
  int64_t matched_ = 0, missing_ = 0, extra_ = 0;
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RIG_LINE_MATCHER_H_
