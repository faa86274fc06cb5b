// A window or a full screen of SDL 2, drawn to with OpenGL.
#ifndef EVOKE_STIMULUS_DISPLAY_SCREEN_SDL_SCREEN_H_
#define EVOKE_STIMULUS_DISPLAY_SCREEN_SDL_SCREEN_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "stimulus_display/screen/gl_painter.h"
#include "stimulus_display/screen/look.h"
#include "stimulus_display/screen/refresh_tracker.h"
#include "stimulus_display/screen/screen.h"
#include "stimulus_display/screen/screen_list.h"
#include "stimulus_display/screen/stamper.h"

struct SDL_Window;

namespace evoke {

struct SdlScreenOptions {
  int screen_index = 0;
  bool full_screen = false;        // without a cursor
  std::optional<ScreenMode> mode;  // of a full screen; the desktop's own if not given
  int window_width = 800;          // of a window; a full screen takes all
  int window_height = 600;
  std::string title = "Evoke";
  Look look;
  int slots = 8;
  double timer_hz = 60;  // the rate to keep where swaps do not block to vsync
  // The monitor's rate as the experimenter knows it; 0: as the window system reports it.
  double expected_hz = 0;
  // How far the measured rate may be from that, as a fraction. Systems round 59.94 to 60 Hz: 1e-3.
  double refresh_tolerance = 5e-4;
  bool refuse_wrong_refresh = false;  // a warning otherwise
  // From handing a frame over to its refresh, where stamps allow to choose. Zero: calibrated.
  absl::Duration commit_lead;
  bool use_feedback = true;  // the window system's stamps, where there are any
};

// Waits for the monitor where the window system or the driver does, and takes the best stamps there
// are: presentation feedback (Wayland), OML sync control (X11), else the return of swaps that are
// found to block. Where they do not (Xvfb, SDL's dummy and offscreen drivers), an absolute timer
// keeps `timer_hz`, the stamps say kTimerEstimate, and one warning is logged.
//
// With feedback every frame is committed at a chosen moment: `commit_lead` before its refresh, by
// default the middle of what was found safe at start (LatchSweep). SDL's own wait for frame
// callbacks is off then (swap interval 0). One frame is on its way at a time.
//
// Threads. SDL wants the main thread for windows: Open(), PollEvents() and the destructor belong
// there. Start(), Stop() and the rest belong to the refresh thread, which holds the OpenGL context;
// it may be the same. One screen at a time in a process. SIGINT and SIGTERM are left to the
// program. A lost X server ends the process: Xlib knows no other way.
class SdlScreen : public Screen {
 public:
  // Opens the window. INVALID_ARGUMENT: an option out of range, such as a screen index that does
  // not exist. UNAVAILABLE: no display. The message says what to do.
  static absl::StatusOr<std::unique_ptr<SdlScreen>> Open(const SdlScreenOptions& options);
  ~SdlScreen() override;

  // Makes the context, warms up every draw path, measures the refresh and finds the commit lead:
  // takes some seconds. UNAVAILABLE: no OpenGL, or the window system shows nothing.
  // FAILED_PRECONDITION: the measured rate is not the expected one, and that is to be refused.
  absl::Status Start();
  // Gives the context up; the destructor does it if need be.
  void Stop();

  const ScreenInfo& info() const override { return info_; }
  int slots() const override { return options_.slots; }
  absl::Status Upload(int slot, const Image& image) override;
  NextRefresh Next() const override;
  absl::StatusOr<Flip> Show(const Frame& frame) override;
  ScreenEvents PollEvents() override;
  absl::StatusOr<Image> ReadBack() override;

 private:
  explicit SdlScreen(const SdlScreenOptions& options) : options_(options) {}
  absl::Status OpenWindow();
  absl::Status MakeContext();
  absl::Status ChooseStamper();
  absl::Status MeasureRefresh();
  absl::Status CheckRefresh() const;
  absl::Status FindCommitLead();
  // Draws, commits `lead_nanos` before the target (at once: kAtOnce), and waits for the stamp.
  static constexpr int64_t kAtOnce = -1;
  absl::StatusOr<Flip> FlipOnce(const Frame& frame, int64_t lead_nanos);
  void Swap();

  const SdlScreenOptions options_;
  bool sdl_started_ = false;
  SDL_Window* window_ = nullptr;
  void* context_ = nullptr;
  std::optional<GlPainter> painter_;  // goes before the context
  std::unique_ptr<Stamper> stamper_;
  std::optional<RefreshTracker> tracker_;
  ScreenInfo info_;
  int64_t lead_nanos_ = kAtOnce;
  bool shown_ = false;
  Frame last_frame_;
};

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_SCREEN_SDL_SCREEN_H_
