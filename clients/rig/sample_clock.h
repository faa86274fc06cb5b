// A recording rig's sample clock against the session clock.
#ifndef EVOKE_CLIENTS_RIG_SAMPLE_CLOCK_H_
#define EVOKE_CLIENTS_RIG_SAMPLE_CLOCK_H_

#include <cstdint>
#include <deque>

#include "evoke/v1/trial.pb.h"

namespace evoke {

// A line through the latest pairs of (session time, sample) of the same onsets: least squares, with
// the drift held near 0 by a prior of 100 ppm (quartz), and pairs that lie far off left out. Not
// thread-safe.
class SampleClock {
 public:
  explicit SampleClock(double sample_rate_hz) : rate_(sample_rate_hz) {}

  void Add(int64_t session_nanos, int64_t sample);
  void Reset() { *this = SampleClock(rate_); }

  bool known() const { return !pairs_.empty(); }
  double sample_rate_hz() const { return rate_; }
  // Both require known().
  int64_t ToSample(int64_t session_nanos) const;
  int64_t ToSession(int64_t sample) const;

  v1::ClockFit ToProto() const;

 private:
  struct Pair {
    int64_t session_nanos = 0;
    int64_t sample = 0;
  };
  // Seconds by which the sample clock is ahead of where the first pair and the nominal rate put it.
  double Lead(const Pair& pair) const;
  double Seconds(const Pair& pair) const;
  double Deviation(const Pair& pair) const { return Lead(pair) - lead_ - drift_ * Seconds(pair); }
  void Fit(double within);

  double rate_;
  std::deque<Pair> pairs_;
  Pair zero_;            // what seconds and leads are relative to
  double lead_ = 0;      // seconds, at zero_
  double drift_ = 0;     // fraction
  double residual_ = 0;  // root mean square, seconds
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RIG_SAMPLE_CLOCK_H_
