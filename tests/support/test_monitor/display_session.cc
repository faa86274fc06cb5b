#include "tests/support/test_monitor/display_session.h"

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "tests/support/test_monitor/glass_check.h"

namespace evoke {

DisplaySessionOptions::DisplaySessionOptions() {
  screen.window_width = 320;
  screen.window_height = 240;
  screen.look.patch = {true, Corner::kBottomLeft, 16};
  screen.look.frame_code = true;
}

absl::StatusOr<std::unique_ptr<DisplaySession>> DisplaySession::Start(
    const DisplaySessionOptions& options) {
  std::unique_ptr<DisplaySession> session(new DisplaySession(options));
  EVOKE_RETURN_IF_ERROR(session->Open());
  return session;
}

DisplaySession::DisplaySession(const DisplaySessionOptions& options)
    : options_(options), clock_(NewSystemClock()) {}

absl::Status DisplaySession::Open() {
  TestMonitorOptions monitor = options_.monitor;
  monitor.look = LookFor(options_.screen.look, options_.checksums);
  EVOKE_ASSIGN_OR_RETURN(monitor_, TestMonitor::Start(monitor));
  monitor_->PointClientsHere();
  EVOKE_ASSIGN_OR_RETURN(screen_, SdlScreen::Open(options_.screen));
  render_ = std::make_unique<RenderThread>(options_.real_time);
  EVOKE_RETURN_IF_ERROR(OnRenderThread([this] { return screen_->Start(); }));
  PresenterOptions presenter = options_.presenter;
  presenter.timing = &timing_;
  EVOKE_ASSIGN_OR_RETURN(presenter_, Presenter::Create(screen_.get(), clock_.get(), presenter));
  return absl::OkStatus();
}

DisplaySession::~DisplaySession() {
  if (render_ == nullptr) return;
  const absl::Status stopped = OnRenderThread([this] {
    screen_->Stop();
    return absl::OkStatus();
  });
  stopped.IgnoreError();  // it is always OK
}

absl::Status DisplaySession::OnRenderThread(absl::FunctionRef<absl::Status()> job) {
  return render_->Run(job, [this] {
    const ScreenEvents events = screen_->PollEvents();
    if (presenter_ != nullptr) presenter_->Handle(events);
  });
}

absl::StatusOr<DisplayRun> DisplaySession::Show(
    int n, const std::function<PresentationRequest(int)>& request,
    const std::function<void(const RefreshRecord&)>& on_refresh,
    const std::function<void(const PresentationResult&)>& on_result) {
  constexpr absl::Duration kPoll = absl::Milliseconds(20);
  DisplayRun run;
  std::atomic<bool> stop = false;
  std::atomic<bool> shown = false;
  absl::Status refused;

  std::thread network([&] {
    int given = 0;
    int taken = 0;
    while (refused.ok() && taken < n && !presenter_->stopped()) {
      while (refused.ok() && given < n && presenter_->stats().free_places > 0) {
        refused = presenter_->Submit(request(given++));
      }
      const std::optional<PresentationResult> result = presenter_->TakeResult(kPoll);
      if (!result.has_value()) continue;
      ++taken;
      if (on_result) {
        on_result(*result);
      } else {
        run.results.push_back(*result);
      }
    }
    stop = true;
  });
  std::thread log([&] {
    for (;;) {
      const bool last = shown.load();
      const std::optional<RefreshRecord> record = timing_.refreshes.Take(kPoll);
      if (!record.has_value() && last) return;
      if (!record.has_value()) continue;
      if (on_refresh) {
        on_refresh(*record);
      } else {
        run.refreshes.push_back(*record);
      }
    }
  });
  const absl::Status status = OnRenderThread([&] { return presenter_->RunUntil(stop); });
  shown = true;
  network.join();
  log.join();
  EVOKE_RETURN_IF_ERROR(status);
  EVOKE_RETURN_IF_ERROR(refused);
  if (timing_.refreshes.lost() > 0) {
    return absl::DataLossError(
        absl::StrCat(timing_.refreshes.lost(), " refresh records were lost: the log was too slow"));
  }
  return run;
}

}  // namespace evoke
