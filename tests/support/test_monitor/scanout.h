// The vblanks of a monitor, and which picture each of them puts on the glass: arithmetic, no
// threads.
#ifndef EVOKE_TESTS_SUPPORT_TEST_MONITOR_SCANOUT_H_
#define EVOKE_TESTS_SUPPORT_TEST_MONITOR_SCANOUT_H_

#include <cstdint>
#include <optional>

#include "absl/time/time.h"
#include "common/random.h"

namespace evoke {

// What the monitor is, and what is wrong with it.
struct ScanoutOptions {
  double hz = 60;  // the true rate
  // A picture committed later than this before a vblank waits for the next one. Shorter than a
  // refresh.
  absl::Duration latch_lead = absl::Milliseconds(2);
  // Of each vblank: that it leaves the waiting picture waiting. Every such miss can be seen: the
  // vblank repeats the picture before.
  double miss_probability = 0;
  // Of the stamps that the display is told: normal noise, and outliers of 1 to 4 ms either way. The
  // vblanks themselves stay where they are.
  absl::Duration stamp_jitter;
  double outlier_probability = 0;
  uint64_t seed = 1;
};

// One vblank as it was.
struct ScannedFrame {
  int64_t vblank = 0;       // counts from 0
  int64_t nanos = 0;        // CLOCK_MONOTONIC; exactly t0 + vblank x period
  int64_t stamp_nanos = 0;  // what the display is told: with jitter
  int64_t commit = 0;       // whose picture is on the glass; 0: none yet
  // The commit that was left waiting because a miss was injected here; 0: no such miss.
  int64_t missed_commit = 0;
};

// At `latch_lead` before each vblank the newest commit is latched; at the vblank it comes on.
class Scanout {
 public:
  struct Event {
    enum Kind { kLatch, kVblank };
    Kind kind;
    ScannedFrame frame;
  };

  // Vblank n is at start_nanos + n / hz.
  Scanout(const ScanoutOptions& options, int64_t start_nanos);

  // Commits count up from 1. Call Advance() up to the present before.
  void Commit(int64_t commit) { waiting_ = commit; }
  // The next vblanks leave what waits waiting: one for each call with something to leave.
  void MissNext() { ++misses_to_come_; }

  int64_t TimeOf(int64_t vblank) const;
  // When the next event is due.
  int64_t NextNanos() const;
  // The oldest event that is due at `now_nanos`, if there is one: call it until there is none.
  std::optional<Event> Advance(int64_t now_nanos);

 private:
  int64_t Jitter();

  const ScanoutOptions options_;
  const int64_t start_nanos_;
  const double period_nanos_;
  const int64_t lead_nanos_;
  Rng rng_;
  int64_t next_vblank_ = 0;
  bool latched_ = false;  // the next event is the vblank itself
  int64_t waiting_ = 0;   // the newest commit
  ScannedFrame frame_;    // of the next vblank, once latched
  int misses_to_come_ = 0;
};

}  // namespace evoke

#endif  // EVOKE_TESTS_SUPPORT_TEST_MONITOR_SCANOUT_H_
