// The real display, SDL screen and presenter, in front of a test monitor.
#ifndef EVOKE_TESTS_SUPPORT_TEST_MONITOR_DISPLAY_SESSION_H_
#define EVOKE_TESTS_SUPPORT_TEST_MONITOR_DISPLAY_SESSION_H_

#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"
#include "stimulus_display/presenter/presenter.h"
#include "stimulus_display/presenter/render_thread.h"
#include "stimulus_display/presenter/timing_record.h"
#include "stimulus_display/screen/sdl_screen.h"
#include "tests/support/test_monitor/test_monitor.h"

namespace evoke {

struct DisplaySessionOptions {
  DisplaySessionOptions();  // a window of 320 x 240, with patch and frame code

  TestMonitorOptions monitor;  // its `look` is the session's
  SdlScreenOptions screen;
  PresenterOptions presenter;
  RealTimeOptions real_time;
  bool checksums = false;  // of each picture, in the monitor's record
};

// What a session's display said.
struct DisplayRun {
  std::vector<PresentationResult> results;
  std::vector<RefreshRecord> refreshes;
};

// Belongs to the main thread: SDL wants it.
class DisplaySession {
 public:
  // Starts the monitor, opens the screen and measures it. The error is the display's own.
  static absl::StatusOr<std::unique_ptr<DisplaySession>> Start(
      const DisplaySessionOptions& options);
  ~DisplaySession();

  // Gives request(0) .. request(n - 1) to the presenter, as fast as its queue takes them, and shows
  // until the last has its result. `request` runs on a thread of its own, as a network's would:
  // what holds it up, holds up what comes after. `on_refresh`, if any, gets the records on the
  // thread that would write the log, and `on_result` the results on that of the network; what has
  // no taker is returned. Call it once.
  absl::StatusOr<DisplayRun> Show(
      int n, const std::function<PresentationRequest(int)>& request,
      const std::function<void(const RefreshRecord&)>& on_refresh = {},
      const std::function<void(const PresentationResult&)>& on_result = {});

  TestMonitor& monitor() { return *monitor_; }
  const ScreenInfo& info() const { return screen_->info(); }
  Presenter& presenter() { return *presenter_; }
  // Why the display has no real-time priority; OK if it has.
  const absl::Status& real_time() const { return render_->real_time(); }

 private:
  explicit DisplaySession(const DisplaySessionOptions& options);
  absl::Status Open();
  absl::Status OnRenderThread(absl::FunctionRef<absl::Status()> job);

  const DisplaySessionOptions options_;
  const std::unique_ptr<Clock> clock_;
  TimingQueues timing_;
  std::unique_ptr<TestMonitor> monitor_;  // goes last
  std::unique_ptr<SdlScreen> screen_;
  std::unique_ptr<RenderThread> render_;
  std::unique_ptr<Presenter> presenter_;
};

}  // namespace evoke

#endif  // EVOKE_TESTS_SUPPORT_TEST_MONITOR_DISPLAY_SESSION_H_
