// A display without a screen: every stimulus is shown at once, on a time of its own.
#ifndef EVOKE_SIM_BACKEND_OFFLINE_SIMULATED_DISPLAY_H_
#define EVOKE_SIM_BACKEND_OFFLINE_SIMULATED_DISPLAY_H_

#include <cstdint>
#include <string>
#include <utility>

#include "evoke/v1/experiment.pb.h"
#include "evoke/v1/trial.pb.h"

namespace evoke {

// Keeps the time that a perfect display would have taken: stimuli follow each other frame by frame
// at `refresh_hz`, and none is missed. What it reports says that nobody measured it: the display's
// name, no source of the onset, no stamp of a real clock, and session times that count from 0 at
// the beginning of the run. Not thread-safe.
class SimulatedDisplay {
 public:
  static constexpr char kName[] = "clients/simulated-display";
  static constexpr double kRefreshHz = 60;

  // `session` names the run; the first frame is shown at its time 0.
  explicit SimulatedDisplay(std::string session) : session_(std::move(session)) {}

  // Counts the trials that it is given: 1 .. 65535, then 1 again.
  uint32_t NextSyncCode();
  // Shows a stimulus and the background after it.
  v1::Presentation Show(const v1::PresentationSpec& spec);

 private:
  v1::Instant Now() const;

  const std::string session_;
  uint32_t sync_code_ = 0;
  int64_t frames_ = 0;  // since the beginning of the run
};

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_OFFLINE_SIMULATED_DISPLAY_H_
