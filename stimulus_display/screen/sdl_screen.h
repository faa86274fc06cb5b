// A window or a full screen of SDL 2, drawn to with OpenGL.
#ifndef EVOKE_STIMULUS_DISPLAY_SCREEN_SDL_SCREEN_H_
#define EVOKE_STIMULUS_DISPLAY_SCREEN_SDL_SCREEN_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "stimulus_display/screen/gl_painter.h"
#include "stimulus_display/screen/refresh.h"
#include "stimulus_display/screen/screen.h"

struct SDL_Window;

namespace evoke {

struct SdlScreenOptions {
  int screen_index = 0;
  bool full_screen = false;  // the desktop's own mode, without a cursor
  int window_width = 800;    // of a window; a full screen takes all
  int window_height = 600;
  std::string title = "Evoke";
  uint8_t background = 128;    // gray, 0 to 255
  bool linear_filter = false;  // for scaled images; nearest otherwise
  SyncPatch patch;
  int slots = 8;
  double timer_hz = 60;  // the rate to keep where swaps do not block to vsync
};

// Waits for the monitor where the driver does; measures at start whether it does. Where it does not
// (Xvfb, SDL's dummy and offscreen drivers), an absolute timer keeps `timer_hz`, the stamps say
// kTimerEstimate, and one warning is logged. With vsync, software cannot see whether the driver
// queues a frame or two: hence "estimate", and the photodiode.
//
// SDL wants the main thread: open, use and destroy the screen there. One screen at a time in a
// process. SIGINT and SIGTERM are left to the program. A lost X server ends the process: Xlib knows
// no other way.
class SdlScreen : public Screen {
 public:
  // Opens the screen, warms up every draw path and measures the refresh: takes about a second.
  // INVALID_ARGUMENT: an option out of range, such as a screen index that does not exist.
  // UNAVAILABLE: no display, no OpenGL. The message says what to do.
  static absl::StatusOr<std::unique_ptr<SdlScreen>> Open(const SdlScreenOptions& options);
  ~SdlScreen() override;

  const ScreenInfo& info() const override { return info_; }
  int slots() const override { return options_.slots; }
  absl::Status Upload(int slot, const Image& image) override;
  absl::StatusOr<Flip> Show(const Frame& frame) override;
  ScreenEvents PollEvents() override;
  absl::StatusOr<Image> ReadBack() override;

 private:
  explicit SdlScreen(const SdlScreenOptions& options) : options_(options) {}
  absl::Status OpenWindow();
  absl::Status WarmUpAndMeasure();
  // Swaps, and returns the instant at which the swap had been carried out.
  int64_t Swap();

  const SdlScreenOptions options_;
  bool sdl_started_ = false;
  SDL_Window* window_ = nullptr;
  void* context_ = nullptr;
  std::optional<GlPainter> painter_;  // goes before the context
  ScreenInfo info_;
  std::optional<RefreshGrid> grid_;  // if paced by the timer
  bool shown_ = false;
  Frame last_frame_;
  int64_t last_index_ = 0;
  int64_t last_nanos_ = 0;
};

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_SCREEN_SDL_SCREEN_H_
