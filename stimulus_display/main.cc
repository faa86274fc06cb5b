// evoke-display: shows the stimuli on a monitor and reports when each was on.
#include <atomic>
#include <csignal>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "common/clock.h"
#include "common/resource_name.h"
#include "spdlog/sinks/stdout_color_sinks.h"
#include "spdlog/spdlog.h"
#include "stimulus_display/client/display_loop.h"
#include "stimulus_display/presenter/presenter.h"
#include "stimulus_display/screen/sdl_screen.h"

namespace {

std::atomic<bool> stop = false;
static_assert(std::atomic<bool>::is_always_lock_free, "set from a signal handler");

int Fail(const absl::Status& status) {
  spdlog::error("{}", std::string(status.message()));
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Evoke's stimulus display. P or space pauses, Esc aborts the trial that is on, "
      "closing the window or Ctrl-C ends it; trials in hand return to the server."};
  evoke::DisplayLoopOptions loop_options;
  evoke::SdlScreenOptions screen_options;
  evoke::PresenterOptions presenter_options;
  std::string name = "display-1";
  bool no_patch = false;
  int background = 128;
  loop_options.server = "127.0.0.1:50151";
  app.add_option("--server", loop_options.server, "The server's host:port")
      ->envname("EVOKE_SERVER")
      ->capture_default_str();
  app.add_option("--name", name, "This display's name; keep it over restarts")
      ->capture_default_str();
  app.add_option("--experiment", loop_options.experiment,
                 "Serve only this one (experiments/NAME); all if not given");
  app.add_option("--prefetch", loop_options.prefetch, "Trials held ready per experiment")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--screen", screen_options.screen_index, "Which monitor, from 0")
      ->capture_default_str();
  app.add_flag("--full-screen", screen_options.full_screen, "Take the whole monitor");
  app.add_option("--width", screen_options.window_width, "Of the window, pixels")
      ->capture_default_str();
  app.add_option("--height", screen_options.window_height, "Of the window, pixels")
      ->capture_default_str();
  app.add_option("--background", background, "Gray level, 0 to 255")
      ->check(CLI::Range(0, 255))
      ->capture_default_str();
  app.add_flag("--linear", screen_options.linear_filter, "Scale images smoothly, not by pixels");
  app.add_flag("--no-patch", no_patch, "No sync patch for a photodiode");
  app.add_option("--patch-size", screen_options.patch.size_pixels, "Of the sync patch, pixels")
      ->capture_default_str();
  app.add_option("--screen-width-cm", presenter_options.viewing.screen_width_cm,
                 "Of the monitor; needed for sizes in degrees");
  app.add_option("--distance-cm", presenter_options.viewing.distance_cm,
                 "From the eye to the screen; needed for sizes in degrees");
  app.add_option("--timer-hz", screen_options.timer_hz,
                 "Rate to keep on a screen that does not wait for vsync (Xvfb)")
      ->check(CLI::Range(1.0, 1000.0))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  spdlog::set_default_logger(spdlog::stderr_color_mt("evoke-display"));
  if (absl::Status status = evoke::ValidateId("--name", name); !status.ok()) return Fail(status);
  loop_options.name = evoke::ClientName(name);
  loop_options.background = background;
  screen_options.background = static_cast<uint8_t>(background);
  screen_options.patch.enabled = !no_patch;
  screen_options.title = "Evoke - " + name;
  screen_options.slots = std::max(8, loop_options.prefetch);
  presenter_options.queue_capacity = 64;
  std::signal(SIGINT, [](int) { stop = true; });
  std::signal(SIGTERM, [](int) { stop = true; });

  const auto clock = evoke::NewSystemClock();
  auto screen = evoke::SdlScreen::Open(screen_options);
  if (!screen.ok()) return Fail(screen.status());
  const evoke::ScreenInfo& info = (*screen)->info();
  spdlog::info("{} x {} at {:.2f} Hz ({})", info.width, info.height, info.refresh_hz,
               info.paced_by_timer ? "paced by a timer: stamps are estimates" : "vsync");
  auto presenter = evoke::Presenter::Create(screen->get(), clock.get(), presenter_options);
  if (!presenter.ok()) return Fail(presenter.status());

  absl::Status status;
  {
    evoke::DisplayLoop loop(loop_options, presenter->get(), info, clock.get(), &stop);
    status = (*presenter)->RunUntil(stop);
    if (status.ok()) status = loop.status();
  }
  const evoke::PresenterStats stats = (*presenter)->stats();
  spdlog::info("ending: {} trials shown, {} aborted, {} refreshes, {} missed", stats.shown,
               stats.aborted, stats.flips, stats.dropped_frames);
  // The operator closed the window: that is an end in good order.
  return status.ok() || absl::IsCancelled(status) ? 0 : Fail(status);
}
