// Finds how long before a refresh a frame must be handed over to make it.
#ifndef EVOKE_STIMULUS_DISPLAY_SCREEN_LATCH_SWEEP_H_
#define EVOKE_STIMULUS_DISPLAY_SCREEN_LATCH_SWEEP_H_

#include <array>
#include <cstdint>

namespace evoke {

// Frames are committed ever later before their refresh, kRepeats at each lead, until most of those
// at one lead came on a refresh too late. Commits between the latest lead that still did and the
// earliest that the program can reach are safe; the middle of that interval leaves as much time for
// a late wake-up as for a slow frame. Pure arithmetic; see SdlScreen for the frames.
class LatchSweep {
 public:
  explicit LatchSweep(int64_t period_nanos) : period_nanos_(period_nanos) {}

  bool done() const { return done_; }
  // How long before its refresh the next frame is to be committed.
  int64_t lead_nanos() const;
  // What became of it: how long before its refresh it really was, and whether it made it.
  void Record(int64_t lead_nanos, bool made);

  // Once done. False: not even the earliest commits made their refresh.
  bool found() const { return earliest_nanos_ > 0; }
  int64_t latch_lead_nanos() const { return latest_nanos_; }
  int64_t commit_lead_nanos() const { return (earliest_nanos_ + latest_nanos_) / 2; }

 private:
  static constexpr int kSteps = 24;  // of a period
  static constexpr int kRepeats = 3;

  const int64_t period_nanos_;
  int step_ = 1;
  int repeat_ = 0;
  int missed_ = 0;
  std::array<int64_t, kRepeats> leads_ = {};
  int64_t earliest_nanos_ = 0;
  int64_t latest_nanos_ = 0;
  bool done_ = false;
};

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_SCREEN_LATCH_SWEEP_H_
