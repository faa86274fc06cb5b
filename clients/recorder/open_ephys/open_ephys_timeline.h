// The rig's sample clock as its messages tell it: what is complete, and what is wrong with it.
//
// Messages are not sorted by sample: within a processing block electrodes interleave and lines come
// after later spikes. So nothing is complete until the newest sample is a hold ahead of it, and the
// hold widens with the largest step back that was seen.
#ifndef EVOKE_CLIENTS_RECORDER_OPEN_EPHYS_OPEN_EPHYS_TIMELINE_H_
#define EVOKE_CLIENTS_RECORDER_OPEN_EPHYS_OPEN_EPHYS_TIMELINE_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "clients/recorder/recorder.h"

namespace evoke {

// Adds a fault, or widens the last one if that tells the same of samples that overlap.
void AddFault(RigFault::Kind kind, std::string message, int64_t first_sample, int64_t last_sample,
              RigData* data);

// Pure: times are passed in, CLOCK_MONOTONIC in nanoseconds. Not thread-safe.
class OpenEphysTimeline {
 public:
  // `speed`: seconds of the rig's clock per second of ours; 0: unrelated (a capture played as fast
  // as it goes), then nothing is concluded from our clock.
  OpenEphysTimeline(absl::Duration reorder_span, double speed)
      : reorder_span_(reorder_span), speed_(speed) {}

  // Messages are only judged once the rate is known.
  void set_sample_rate_hz(double rate) { rate_ = rate; }
  double sample_rate_hz() const { return rate_; }

  enum class Verdict {
    kTake,
    kRestart,    // the sample numbers began anew: Restart(), then Take
    kStraggler,  // of the clock before the restart; to be dropped
  };
  // Of a message that tells of samples up to `last`. Changes nothing.
  Verdict Judge(int64_t last, int64_t received_nanos) const;
  // Forgets the old clock, and tells `*data` of it. `first` is the first sample of the new one.
  void Restart(int64_t first, int64_t received_nanos, RigData* data);

  // An event (a spike, an edge) at `sample`. Jumps forward and events that come too late are faults
  // in *data.
  void TakeEvent(int64_t sample, int64_t received_nanos, RigData* data);
  // A block of continuous data. It tells of time only.
  void TakeBlock(int64_t first, int samples, int64_t received_nanos, RigData* data);

  // Moves on what is complete. If nothing was received for 200 ms, by our own clock, up to
  // `running_until_nanos`: the latest time at which the rig is known to have been acquiring; 0:
  // never by our own clock.
  void Advance(int64_t now_nanos, int64_t running_until_nanos);
  // The rig stood still: from now on samples lag behind our clock by more than before.
  void ForgetClockRelation() { have_lead_ = false; }

  bool started() const { return started_; }
  int64_t newest() const { return newest_; }
  int64_t newest_nanos() const { return newest_nanos_; }
  int64_t complete_before() const { return complete_before_; }
  // In samples.
  int64_t hold() const;

 private:
  void Raise(int64_t sample, int64_t received_nanos, RigData* data);
  int64_t Samples(absl::Duration duration) const {
    return static_cast<int64_t>(absl::ToDoubleSeconds(duration) * rate_);
  }

  const absl::Duration reorder_span_;
  const double speed_;
  double rate_ = 0;
  bool started_ = false;
  int64_t newest_ = 0;
  int64_t newest_nanos_ = 0;
  int64_t largest_step_back_ = 0;
  int64_t block_samples_ = 0;
  int64_t complete_before_ = std::numeric_limits<int64_t>::min();
  // The most that the rig's clock was ahead of ours, in its seconds: messages that waited in a
  // queue lie below it, so that only a real jump exceeds it.
  bool have_lead_ = false;
  double lead_seconds_ = 0;
  bool restarted_ = false;
  int64_t restart_nanos_ = 0;
  int64_t newest_before_restart_ = 0;
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RECORDER_OPEN_EPHYS_OPEN_EPHYS_TIMELINE_H_
