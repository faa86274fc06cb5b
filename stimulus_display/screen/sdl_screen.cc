#include "stimulus_display/screen/sdl_screen.h"

#include <GL/gl.h>
#include <SDL.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status_macros.h"
#include "stimulus_display/screen/clock_bridge.h"
#include "stimulus_display/screen/estimate_stampers.h"
#include "stimulus_display/screen/latch_sweep.h"
#include "stimulus_display/screen/refresh.h"
#include "stimulus_display/screen/window_stamper.h"

namespace evoke {
namespace {

constexpr int kWarmUpFrames = 10;
constexpr int kMeasuredSwaps = 60;
// Stamps with 100 us of jitter give the period to 0.3 us (20 ppm) from as many.
constexpr int kMeasuredFrames = 120;
// A monitor that runs confirms within a refresh or two; a window that nobody sees is never shown.
constexpr int64_t kConfirmationNanos = 250'000'000;
// Where no rate is known until it has been measured.
constexpr double kGuessedHz = 60;

// Without a display SDL quietly draws to nowhere. Only who names that driver wants it.
bool FellBackToNoMonitor() {
  const std::string driver = SDL_GetCurrentVideoDriver();
  const char* const asked = std::getenv("SDL_VIDEODRIVER");
  return (driver == "offscreen" || driver == "dummy") && (asked == nullptr || asked != driver);
}

absl::Status NoOpenGl(int screen_index) {
  return absl::UnavailableError(absl::StrFormat(
      "cannot draw with OpenGL on screen %d (%s): install the graphics driver, or Mesa's "
      "software renderer (libgl1-mesa-dri)",
      screen_index, SDL_GetError()));
}

// SDL would quietly take the nearest mode.
absl::StatusOr<SDL_DisplayMode> FindMode(int screen_index, const ScreenMode& mode) {
  SDL_DisplayMode wanted = {};
  wanted.w = mode.width;
  wanted.h = mode.height;
  wanted.refresh_rate = mode.hz;
  SDL_DisplayMode found = {};
  if (SDL_GetClosestDisplayMode(screen_index, &wanted, &found) == nullptr ||
      found.w != mode.width || found.h != mode.height ||
      (mode.hz != 0 && found.refresh_rate != mode.hz)) {
    return absl::InvalidArgumentError(
        absl::StrFormat("screen %d has no mode %s: choose one of those that --list-screens shows",
                        screen_index, FormatScreenMode(mode)));
  }
  return found;
}

// What one key adds to ScreenEvents::typed.
std::string Typed(const SDL_Keysym& key) {
  const size_t times = (key.mod & KMOD_SHIFT) != 0 ? 10 : 1;
  switch (key.sym) {
    case SDLK_RIGHT:
    case SDLK_UP:
      return std::string(times, '+');
    case SDLK_LEFT:
    case SDLK_DOWN:
      return std::string(times, '-');
    case SDLK_RETURN:
    case SDLK_KP_ENTER:
      return "\n";
    case SDLK_BACKSPACE:
      return "\b";
    case SDLK_PERIOD:
    case SDLK_COMMA:
    case SDLK_KP_PERIOD:
      return ".";
    default:
      break;
  }
  if (key.sym >= SDLK_0 && key.sym <= SDLK_9) {
    return std::string(1, static_cast<char>('0' + (key.sym - SDLK_0)));
  }
  // The keypad's 0 comes after its 9.
  if (key.sym == SDLK_KP_0) return "0";
  if (key.sym >= SDLK_KP_1 && key.sym <= SDLK_KP_9) {
    return std::string(1, static_cast<char>('1' + (key.sym - SDLK_KP_1)));
  }
  return "";
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
  if (options.mode.has_value() && !options.full_screen) {
    return absl::InvalidArgumentError(
        absl::StrCat("mode ", FormatScreenMode(*options.mode),
                     " is for a full screen: ask for one too, or leave the mode out"));
  }
  if (!(options.expected_hz >= 0 && options.expected_hz <= 1000)) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "expected refresh rate of %g Hz: give one up to 1000, or 0 for the window system's",
        options.expected_hz));
  }
  if (!(options.refresh_tolerance > 0)) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "refresh tolerance of %g: give a positive fraction", options.refresh_tolerance));
  }
  if (options.commit_lead < absl::ZeroDuration() || options.commit_lead > absl::Seconds(1)) {
    return absl::InvalidArgumentError(
        absl::StrFormat("commit lead of %s: give one up to 1s, or 0 to have it calibrated",
                        absl::FormatDuration(options.commit_lead)));
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
  return screen;
}

absl::Status SdlScreen::Start() {
  EVOKE_RETURN_IF_ERROR(MakeContext());
  EVOKE_RETURN_IF_ERROR(ChooseStamper());
  EVOKE_RETURN_IF_ERROR(MeasureRefresh());
  EVOKE_RETURN_IF_ERROR(CheckRefresh());
  return FindCommitLead();
}

void SdlScreen::Stop() {
  painter_.reset();
  stamper_.reset();
  if (context_ != nullptr) SDL_GL_DeleteContext(std::exchange(context_, nullptr));
}

SdlScreen::~SdlScreen() {
  Stop();
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
  SDL_DisplayMode mode = {};
  if (options_.mode.has_value()) {
    EVOKE_ASSIGN_OR_RETURN(mode, FindMode(options_.screen_index, *options_.mode));
    flags |= SDL_WINDOW_FULLSCREEN;
    width = mode.w;
    height = mode.h;
  } else if (options_.full_screen && SDL_GetDisplayBounds(options_.screen_index, &bounds) == 0) {
    flags |= SDL_WINDOW_FULLSCREEN_DESKTOP;
    // Without a window manager nobody would make a smaller window larger.
    width = bounds.w;
    height = bounds.h;
  }
  window_ = SDL_CreateWindow(options_.title.c_str(), position, position, width, height, flags);
  if (window_ == nullptr) return NoOpenGl(options_.screen_index);
  if (options_.mode.has_value() && SDL_SetWindowDisplayMode(window_, &mode) != 0) {
    return absl::UnavailableError(
        absl::StrFormat("screen %d does not go to mode %s (%s)", options_.screen_index,
                        FormatScreenMode(*options_.mode), SDL_GetError()));
  }
  if (options_.full_screen) SDL_ShowCursor(SDL_DISABLE);
  SDL_DisableScreenSaver();
  SDL_PumpEvents();  // the size of a full screen is known after its first events
  SDL_GL_GetDrawableSize(window_, &info_.width, &info_.height);

  if (options_.mode.has_value() || SDL_GetDesktopDisplayMode(options_.screen_index, &mode) == 0) {
    info_.nominal_hz = mode.refresh_rate;
    int window_width = 0;
    SDL_GetWindowSize(window_, &window_width, nullptr);
    // The mode is in the window system's units, which a high-density screen draws as several
    // pixels each.
    info_.screen_width_pixels = static_cast<int>(
        std::lround(mode.w * static_cast<double>(info_.width) / std::max(window_width, 1)));
  }
  info_.screen_width_pixels = std::max(info_.screen_width_pixels, info_.width);
  return CheckLook(options_.look, {info_.width, info_.height, info_.screen_width_pixels});
}

absl::Status SdlScreen::MakeContext() {
  context_ = SDL_GL_CreateContext(window_);
  if (context_ == nullptr) return NoOpenGl(options_.screen_index);
  PainterOptions painter;
  painter.width = info_.width;
  painter.height = info_.height;
  painter.screen_width_pixels = info_.screen_width_pixels;
  painter.slots = options_.slots;
  painter.look = options_.look;
  EVOKE_ASSIGN_OR_RETURN(GlPainter made, GlPainter::Create(painter));
  painter_.emplace(std::move(made));
  return absl::OkStatus();
}

absl::Status SdlScreen::ChooseStamper() {
  if (options_.use_feedback) {
    auto stamper = NewWindowStamper(window_);
    if (stamper.ok()) {
      stamper_ = *std::move(stamper);
    } else {
      spdlog::info("screen {}: {}", options_.screen_index, std::string(stamper.status().message()));
    }
  }
  // With feedback nobody but this program decides when a frame is committed.
  const bool feedback = stamper_ && stamper_->source() == StampSource::kPresentationFeedback;
  const bool accepted = SDL_GL_SetSwapInterval(feedback ? 0 : 1) == 0;
  double hz = info_.nominal_hz;
  if (!stamper_) {
    // What a driver says of vsync need not be true: only the intervals tell.
    std::vector<int64_t> stamps;
    for (int i = 0; i <= kWarmUpFrames + kMeasuredSwaps; ++i) {
      painter_->DrawEverythingOnce();
      Swap();
      if (i >= kWarmUpFrames) stamps.push_back(MonotonicNanos());
    }
    const RefreshEstimate estimate = EstimateRefresh(stamps, info_.nominal_hz);
    hz = info_.measured_hz = estimate.hz;
    if (accepted && estimate.blocks_to_vsync) {
      stamper_ = std::make_unique<SwapReturnStamper>();
    } else {
      hz = options_.timer_hz;
      stamper_ = std::make_unique<TimerStamper>(hz);
      spdlog::warn(
          "screen {}: swaps do not wait for the monitor ({:.0f} per second, nominal {:g} Hz); a "
          "timer keeps {:g} Hz and the onset stamps are estimates",
          options_.screen_index, info_.measured_hz, info_.nominal_hz, hz);
    }
  }
  info_.source = stamper_->source();
  tracker_.emplace(info_.source, 1e9 / (hz > 0 ? hz : kGuessedHz));
  return absl::OkStatus();
}

absl::Status SdlScreen::MeasureRefresh() {
  if (info_.paced_by_timer()) {
    info_.refresh_hz = options_.timer_hz;
    lead_nanos_ = 0;
    return absl::OkStatus();
  }
  for (int i = 0; i < kWarmUpFrames; ++i) {
    painter_->DrawEverythingOnce();
    stamper_->BeforeSwap();
    Swap();
    const Stamp stamp = stamper_->AfterSwap(MonotonicNanos() + kConfirmationNanos);
    if (stamp.period_nanos > 0) info_.nominal_hz = 1e9 / static_cast<double>(stamp.period_nanos);
  }
  if (options_.expected_hz > 0) info_.nominal_hz = options_.expected_hz;
  int confirmed = 0;
  for (int i = 0; i < kMeasuredFrames; ++i) {
    EVOKE_ASSIGN_OR_RETURN(const Flip flip, FlipOnce(Frame(), kAtOnce));
    confirmed += flip.confirmed ? 1 : 0;
    if (i == kWarmUpFrames && confirmed == 0) break;
  }
  if (confirmed < kMeasuredFrames / 2) {
    return absl::UnavailableError(absl::StrFormat(
        "screen %d: the window system does not say when frames are shown (%d of %d): bring the "
        "window to the front, unlock the screen, or do without its stamps (--no-feedback)",
        options_.screen_index, confirmed, kMeasuredFrames));
  }
  info_.measured_hz = 1e9 / tracker_->model().period_nanos();
  info_.refresh_hz = info_.measured_hz;
  return absl::OkStatus();
}

absl::Status SdlScreen::CheckRefresh() const {
  if (info_.paced_by_timer()) return absl::OkStatus();
  const double deviation = info_.measured_hz / info_.nominal_hz - 1;
  if (!(std::abs(deviation) > options_.refresh_tolerance)) return absl::OkStatus();
  const std::string message = absl::StrFormat(
      "screen %d: measured %.3f Hz (a refresh every %.5f ms), %s %g Hz: %.0f ppm apart, more than "
      "the %.0f allowed",
      options_.screen_index, info_.measured_hz, 1e3 / info_.measured_hz,
      options_.expected_hz > 0 ? "expected" : "nominal", info_.nominal_hz,
      std::abs(deviation) * 1e6, options_.refresh_tolerance * 1e6);
  if (options_.refuse_wrong_refresh) {
    return absl::FailedPreconditionError(
        message + "; set the monitor's mode, or state the rate that it has (--expected-hz)");
  }
  spdlog::warn("{}; the measured rate is used", message);
  return absl::OkStatus();
}

absl::Status SdlScreen::FindCommitLead() {
  if (info_.source != StampSource::kPresentationFeedback) return absl::OkStatus();
  LatchSweep sweep(info_.period_nanos());
  while (!sweep.done()) {
    EVOKE_ASSIGN_OR_RETURN(const Flip flip, FlipOnce(Frame(), sweep.lead_nanos()));
    sweep.Record(flip.predicted_nanos - flip.commit_begin_nanos,
                 flip.confirmed && flip.frame_index == flip.target_index);
  }
  if (!sweep.found()) {
    spdlog::warn(
        "screen {}: no frame made the refresh after the one before it; frames are committed at "
        "once, and every second refresh may be missed",
        options_.screen_index);
    return absl::OkStatus();
  }
  lead_nanos_ = options_.commit_lead > absl::ZeroDuration()
                    ? absl::ToInt64Nanoseconds(options_.commit_lead)
                    : sweep.commit_lead_nanos();
  info_.commit_lead_nanos = lead_nanos_;
  info_.latch_lead_nanos = sweep.latch_lead_nanos();
  tracker_->SetLatchLead(info_.latch_lead_nanos);
  return absl::OkStatus();
}

void SdlScreen::Swap() {
  SDL_GL_SwapWindow(window_);
  // Drivers may let a swap return at once and wait at the next command.
  if (info_.source != StampSource::kPresentationFeedback) glFinish();
}

absl::Status SdlScreen::Upload(int slot, const Image& image) {
  return painter_->Upload(slot, image);
}

NextRefresh SdlScreen::Next() const { return tracker_->Next(MonotonicNanos()); }

absl::StatusOr<Flip> SdlScreen::Show(const Frame& frame) {
  if (!shown_) tracker_->SkipTo(MonotonicNanos());
  EVOKE_ASSIGN_OR_RETURN(const Flip flip, FlipOnce(frame, lead_nanos_));
  shown_ = true;
  last_frame_ = frame;
  return flip;
}

absl::StatusOr<Flip> SdlScreen::FlipOnce(const Frame& frame, int64_t lead_nanos) {
  FrameTimes times;
  times.begin_nanos = MonotonicNanos();
  const NextRefresh target = tracker_->Next(times.begin_nanos);
  EVOKE_RETURN_IF_ERROR(painter_->Draw(frame));
  glFinish();  // now, and not between the commit and the refresh
  times.drawn_nanos = MonotonicNanos();
  if (lead_nanos != kAtOnce) SleepUntil(target.nanos - lead_nanos);
  stamper_->BeforeSwap();
  times.commit_begin_nanos = MonotonicNanos();
  Swap();
  times.commit_end_nanos = MonotonicNanos();
  const Stamp stamp =
      stamper_->AfterSwap(std::max(target.nanos, times.commit_end_nanos) + kConfirmationNanos);
  // A connection that is lost answers at once: without this the thread would spin.
  if (!stamp.confirmed) SleepUntil(target.nanos);
  return tracker_->Account(target, times, stamp);
}

ScreenEvents SdlScreen::PollEvents() {
  ScreenEvents events;
  SDL_Event event;
  while (SDL_PollEvent(&event) != 0) {
    if (event.type == SDL_QUIT) events.close = true;
    if (event.type != SDL_KEYDOWN) continue;
    events.typed += Typed(event.key.keysym);
    if (event.key.repeat != 0) continue;
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
