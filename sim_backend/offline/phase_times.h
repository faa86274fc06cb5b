// Where the time of an offline run goes.
#ifndef EVOKE_SIM_BACKEND_OFFLINE_PHASE_TIMES_H_
#define EVOKE_SIM_BACKEND_OFFLINE_PHASE_TIMES_H_

#include <array>
#include <cstdint>
#include <string>

#include "common/clock.h"

namespace evoke {

enum class Phase {
  kNetwork,    // the simulated network
  kNoise,      // its spikes as noisy spike times, and their counts
  kDecode,     // latent points to images, and the discriminator's scores
  kOptimizer,  // asking and telling, and planning the block
  kLedger,     // writing the record to disk
  kTrials,     // the state machine of the trials
};
inline constexpr int kPhases = 6;

// Nanoseconds of a monotonic clock for each phase. Not thread-safe; sums of several threads can
// exceed the time that passed.
class PhaseTimes {
 public:
  void Add(Phase phase, int64_t nanos) { nanos_[static_cast<int>(phase)] += nanos; }
  void Add(const PhaseTimes& other);
  int64_t nanos(Phase phase) const { return nanos_[static_cast<int>(phase)]; }
  int64_t total_nanos() const;

  // A table, the longest phase first: seconds, share, milliseconds for each of `trials`.
  std::string Table(int64_t trials) const;

 private:
  std::array<int64_t, kPhases> nanos_{};
};

// Adds the time of its own life to a phase. Timers do not nest: an outer one would count the
// inner's time too.
class PhaseTimer {
 public:
  // Both must outlive the timer.
  PhaseTimer(PhaseTimes* times, Phase phase, const Clock* clock)
      : times_(times), phase_(phase), clock_(clock), begin_nanos_(clock->MonotonicNanos()) {}
  ~PhaseTimer() { times_->Add(phase_, clock_->MonotonicNanos() - begin_nanos_); }
  PhaseTimer(const PhaseTimer&) = delete;
  PhaseTimer& operator=(const PhaseTimer&) = delete;

 private:
  PhaseTimes* const times_;
  const Phase phase_;
  const Clock* const clock_;
  const int64_t begin_nanos_;
};

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_OFFLINE_PHASE_TIMES_H_
