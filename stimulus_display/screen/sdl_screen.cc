#include "stimulus_display/screen/sdl_screen.h"

#include <GL/gl.h>
#include <SDL.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

constexpr int kWarmUpSwaps = 10;
constexpr int kMeasuredSwaps = 60;
// A measured rate further from the nominal one is worth a warning.
constexpr double kRateWarning = 0.01;

int64_t MonotonicNanos() {
  timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return int64_t{ts.tv_sec} * 1'000'000'000 + ts.tv_nsec;
}

void SleepUntil(int64_t nanos) {
  timespec ts;
  ts.tv_sec = static_cast<time_t>(nanos / 1'000'000'000);
  ts.tv_nsec = static_cast<long>(nanos % 1'000'000'000);
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, nullptr) == EINTR) {
  }
}

// Without a display SDL quietly draws to nowhere. Only who names that driver wants it.
bool FellBackToNoMonitor() {
  const std::string driver = SDL_GetCurrentVideoDriver();
  const char* const asked = std::getenv("SDL_VIDEODRIVER");
  return (driver == "offscreen" || driver == "dummy") && (asked == nullptr || asked != driver);
}

absl::Status CheckOptions(const SdlScreenOptions& options) {
  if (!options.full_screen && (options.window_width <= 0 || options.window_height <= 0)) {
    return absl::InvalidArgumentError(
        absl::StrFormat("window of %dx%d pixels: give a positive size", options.window_width,
                        options.window_height));
  }
  if (options.slots < 1) {
    return absl::InvalidArgumentError(
        absl::StrFormat("%d image slots: give at least one", options.slots));
  }
  if (options.patch.enabled && options.patch.size_pixels < 1) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "sync patch of %d pixels: give a positive size or turn it off", options.patch.size_pixels));
  }
  if (!std::isfinite(options.timer_hz) || options.timer_hz < 1 || options.timer_hz > 1000) {
    return absl::InvalidArgumentError(
        absl::StrFormat("timer rate of %g Hz: give one from 1 to 1000", options.timer_hz));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<SdlScreen>> SdlScreen::Open(const SdlScreenOptions& options) {
  EVOKE_RETURN_IF_ERROR(CheckOptions(options));
  std::unique_ptr<SdlScreen> screen(new SdlScreen(options));
  EVOKE_RETURN_IF_ERROR(screen->OpenWindow());
  EVOKE_RETURN_IF_ERROR(screen->WarmUpAndMeasure());
  return screen;
}

SdlScreen::~SdlScreen() {
  painter_.reset();
  if (context_ != nullptr) SDL_GL_DeleteContext(context_);
  if (window_ != nullptr) SDL_DestroyWindow(window_);
  if (sdl_started_) SDL_QuitSubSystem(SDL_INIT_VIDEO);
}

absl::Status SdlScreen::OpenWindow() {
  SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
  // A full screen stays where it is when the operator's focus moves to another screen.
  SDL_SetHint(SDL_HINT_VIDEO_MINIMIZE_ON_FOCUS_LOSS, "0");
  sdl_started_ = SDL_InitSubSystem(SDL_INIT_VIDEO) == 0;
  if (!sdl_started_ || FellBackToNoMonitor()) {
    return absl::UnavailableError(absl::StrFormat(
        "cannot open a display (%s): set DISPLAY or WAYLAND_DISPLAY to a running one, or start a "
        "virtual one with xvfb-run",
        sdl_started_ ? "none was found" : SDL_GetError()));
  }
  const int screens = SDL_GetNumVideoDisplays();
  if (options_.screen_index < 0 || options_.screen_index >= screens) {
    return absl::InvalidArgumentError(
        absl::StrFormat("screen %d does not exist: available screens are 0..%d",
                        options_.screen_index, screens - 1));
  }
  SDL_GL_SetAttribute(SDL_GL_DOUBLEBUFFER, 1);
  SDL_GL_SetAttribute(SDL_GL_RED_SIZE, 8);
  SDL_GL_SetAttribute(SDL_GL_GREEN_SIZE, 8);
  SDL_GL_SetAttribute(SDL_GL_BLUE_SIZE, 8);
  SDL_GL_SetAttribute(SDL_GL_DEPTH_SIZE, 0);
  const int position = static_cast<int>(SDL_WINDOWPOS_CENTERED_DISPLAY(options_.screen_index));
  uint32_t flags = SDL_WINDOW_OPENGL | SDL_WINDOW_ALLOW_HIGHDPI;
  int width = options_.window_width;
  int height = options_.window_height;
  SDL_Rect bounds;
  if (options_.full_screen && SDL_GetDisplayBounds(options_.screen_index, &bounds) == 0) {
    flags |= SDL_WINDOW_FULLSCREEN_DESKTOP;
    // Without a window manager nobody would make a smaller window larger.
    width = bounds.w;
    height = bounds.h;
  }
  window_ = SDL_CreateWindow(options_.title.c_str(), position, position, width, height, flags);
  if (window_ != nullptr) context_ = SDL_GL_CreateContext(window_);
  if (context_ == nullptr) {
    return absl::UnavailableError(absl::StrFormat(
        "cannot draw with OpenGL on screen %d (%s): install the graphics driver, or Mesa's "
        "software renderer (libgl1-mesa-dri)",
        options_.screen_index, SDL_GetError()));
  }
  if (options_.full_screen) SDL_ShowCursor(SDL_DISABLE);
  SDL_DisableScreenSaver();
  SDL_PumpEvents();  // the size of a full screen is known after its first events
  SDL_GL_GetDrawableSize(window_, &info_.width, &info_.height);

  SDL_DisplayMode mode = {};
  if (SDL_GetDesktopDisplayMode(options_.screen_index, &mode) == 0) {
    info_.nominal_hz = mode.refresh_rate;
    int window_width = 0;
    SDL_GetWindowSize(window_, &window_width, nullptr);
    // The mode is in the window system's units, which a high-density screen draws as several
    // pixels each.
    info_.screen_width_pixels = static_cast<int>(
        std::lround(mode.w * static_cast<double>(info_.width) / std::max(window_width, 1)));
  }
  info_.screen_width_pixels = std::max(info_.screen_width_pixels, info_.width);

  PainterOptions painter;
  painter.width = info_.width;
  painter.height = info_.height;
  painter.slots = options_.slots;
  painter.background = options_.background;
  painter.linear_filter = options_.linear_filter;
  painter.patch = options_.patch;
  EVOKE_ASSIGN_OR_RETURN(GlPainter made, GlPainter::Create(painter));
  painter_.emplace(std::move(made));
  return absl::OkStatus();
}

absl::Status SdlScreen::WarmUpAndMeasure() {
  const bool accepted = SDL_GL_SetSwapInterval(1) == 0;
  for (int i = 0; i < kWarmUpSwaps; ++i) {
    painter_->DrawEverythingOnce();
    Swap();
    SDL_PumpEvents();
  }
  std::vector<int64_t> stamps;
  for (int i = 0; i <= kMeasuredSwaps; ++i) {
    EVOKE_RETURN_IF_ERROR(painter_->Draw(Frame()));
    stamps.push_back(Swap());
  }
  const RefreshEstimate estimate = EstimateRefresh(stamps, info_.nominal_hz);
  info_.measured_hz = estimate.hz;
  info_.paced_by_timer = !(accepted && estimate.blocks_to_vsync);
  info_.refresh_hz = info_.paced_by_timer ? options_.timer_hz : estimate.hz;
  last_nanos_ = stamps.back();
  if (info_.paced_by_timer) {
    spdlog::warn(
        "screen {}: swaps do not wait for the monitor ({:.0f} per second, nominal {:g} Hz); a "
        "timer "
        "keeps {:g} Hz and the onset stamps are estimates",
        options_.screen_index, info_.measured_hz, info_.nominal_hz, info_.refresh_hz);
    grid_.emplace(last_nanos_, info_.refresh_hz);
  } else if (std::abs(estimate.hz - info_.nominal_hz) > kRateWarning * info_.nominal_hz) {
    spdlog::warn("screen {}: measured {:.3f} Hz, nominal {:g} Hz; the measured rate is used",
                 options_.screen_index, estimate.hz, info_.nominal_hz);
  }
  return absl::OkStatus();
}

int64_t SdlScreen::Swap() {
  SDL_GL_SwapWindow(window_);
  glFinish();  // drivers may let a swap return at once and wait at the next command
  return MonotonicNanos();
}

absl::Status SdlScreen::Upload(int slot, const Image& image) {
  return painter_->Upload(slot, image);
}

absl::StatusOr<Flip> SdlScreen::Show(const Frame& frame) {
  EVOKE_RETURN_IF_ERROR(painter_->Draw(frame));
  Flip flip;
  if (grid_.has_value()) {
    glFinish();  // draw before the refresh, not in it
    SleepUntil(grid_->TimeOf(std::max(grid_->IndexAt(MonotonicNanos()), last_index_) + 1));
    flip.monotonic_nanos = Swap();
    flip.source = StampSource::kTimerEstimate;
    // Where the frame came on, not where it was meant to: a late wake-up or a slow swap counts.
    flip.frame_index = std::max(grid_->IndexAt(flip.monotonic_nanos), last_index_ + 1);
    flip.dropped = static_cast<int>(flip.frame_index - last_index_ - 1);
  } else {
    flip.monotonic_nanos = Swap();
    flip.source = StampSource::kSwapEstimate;
    flip.dropped = MissedRefreshes(last_nanos_, flip.monotonic_nanos, 1e9 / info_.refresh_hz);
    flip.frame_index = last_index_ + 1 + flip.dropped;
  }
  if (!shown_) flip.dropped = 0;  // nobody was showing between Open() and now
  shown_ = true;
  last_frame_ = frame;
  last_index_ = flip.frame_index;
  last_nanos_ = flip.monotonic_nanos;
  return flip;
}

ScreenEvents SdlScreen::PollEvents() {
  ScreenEvents events;
  SDL_Event event;
  while (SDL_PollEvent(&event) != 0) {
    if (event.type == SDL_QUIT) events.close = true;
    if (event.type != SDL_KEYDOWN || event.key.repeat != 0) continue;
    const SDL_Keycode key = event.key.keysym.sym;
    if (key == SDLK_ESCAPE) events.abort = true;
    // Twice between two polls is no change.
    if (key == SDLK_p || key == SDLK_SPACE) events.toggle_pause = !events.toggle_pause;
  }
  return events;
}

absl::StatusOr<Image> SdlScreen::ReadBack() {
  EVOKE_RETURN_IF_ERROR(painter_->Draw(last_frame_));
  return painter_->ReadBack();
}

}  // namespace evoke
