// What evoke-display tells others beside the server: the timing log and the markers.
#ifndef EVOKE_STIMULUS_DISPLAY_OUTPUTS_H_
#define EVOKE_STIMULUS_DISPLAY_OUTPUTS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "stimulus_display/client/display_loop.h"
#include "stimulus_display/markers/marker_sender.h"
#include "stimulus_display/presenter/timing_log_writer.h"

namespace CLI {
class App;
}

namespace evoke {

// As given on the command line; empty: none.
struct OutputOptions {
  std::string timing_log;
  std::string abort_udp;
  std::vector<std::string> marker_serial;
  std::vector<std::string> marker_udp;

  void AddTo(CLI::App& app);
};

// Outlives the presenter, which fills its queues; destroyed after the presenter has stopped.
class Outputs {
 public:
  // Opens all that is asked for. `name` is the display's; `settings` goes into the log as it is.
  // Errors of the log and of the markers.
  static absl::StatusOr<std::unique_ptr<Outputs>> Open(const OutputOptions& options,
                                                       const std::string& name,
                                                       const ScreenInfo& screen,
                                                       const std::string& settings,
                                                       const Clock* clock);

  // For PresenterOptions::timing; null if nobody reads them.
  TimingQueues* queues() { return queues_.get(); }
  // Lets the loop tell which stimulus belongs to which trial.
  void Connect(DisplayLoopOptions* loop);

 private:
  std::unique_ptr<TimingQueues> queues_;
  std::unique_ptr<TimingLogWriter> log_;
  std::unique_ptr<MarkerSender> markers_;  // writes to the log
};

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_OUTPUTS_H_
