// What a look at a rig before the experiment found.
#ifndef EVOKE_CLIENTS_RIG_RIG_CHECK_H_
#define EVOKE_CLIENTS_RIG_RIG_CHECK_H_

#include <cstdint>
#include <string>
#include <vector>

#include "clients/recorder/recorder.h"
#include "clients/rig/channel_health.h"
#include "clients/rig/sample_clock.h"

namespace evoke {

// Collects for some seconds, then judges. Not thread-safe.
class RigCheck {
 public:
  explicit RigCheck(double sample_rate_hz);

  void Take(const RigData& data);
  // By channel, in microvolts; NaN where unknown.
  void SetThresholds(std::vector<double> microvolts) { thresholds_ = std::move(microvolts); }

  // What is wrong, most important first; empty: fit for an experiment.
  std::vector<std::string> Problems(bool needs_line) const;
  // The findings as lines of text.
  std::string Report() const;

 private:
  struct Line {
    int rising = 0;
    int64_t last_rising = 0;
    std::vector<double> intervals;  // seconds between rising edges
    std::vector<double> widths;     // seconds from rising to falling
    uint32_t codes = 0;             // rising edges with a sync code
  };
  double seconds() const;

  double rate_;
  std::vector<std::string> channels_;
  std::vector<double> thresholds_;
  ChannelHealth health_;
  SampleClock arrivals_;  // of data, by our clock: tells the true rate
  Line line_;
  int64_t first_sample_ = 0, last_sample_ = 0;
  int arrivals_seen_ = 0;
  int restarts_ = 0;
  std::vector<std::string> faults_;
  std::string trouble_;
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RIG_RIG_CHECK_H_
