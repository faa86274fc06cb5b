// evoke-display: shows the stimuli on a monitor and reports when each was on.
#include <atomic>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "common/clock.h"
#include "spdlog/cfg/env.h"
#include "spdlog/sinks/stdout_color_sinks.h"
#include "spdlog/spdlog.h"
#include "stimulus_display/calibrate_command.h"
#include "stimulus_display/client/abort_listener.h"
#include "stimulus_display/client/display_loop.h"
#include "stimulus_display/command_line.h"
#include "stimulus_display/outputs.h"
#include "stimulus_display/presenter/presenter.h"
#include "stimulus_display/presenter/render_thread.h"
#include "stimulus_display/screen/frame_capture.h"
#include "stimulus_display/screen/mirror_window.h"
#include "stimulus_display/screen/screen_list.h"
#include "stimulus_display/screen/sdl_screen.h"

namespace {

std::atomic<bool> stop = false;
static_assert(std::atomic<bool>::is_always_lock_free, "set from a signal handler");

int Fail(const absl::Status& status) {
  spdlog::error("{}", std::string(status.message()));
  return 1;
}

int ListScreens() {
  const auto screens = evoke::ListScreens();
  if (!screens.ok()) return Fail(screens.status());
  std::fputs(evoke::FormatScreens(*screens).c_str(), stdout);
  return 0;
}

int WriteConfig(const std::string& path, const std::string& text) {
  std::ofstream stream(path, std::ios::binary | std::ios::trunc);
  stream << text << std::flush;
  if (stream) return 0;
  return Fail(absl::UnavailableError(path + ": cannot be written; give another path"));
}

// Capture and mirror run at ordinary priority, which they keep only if they start before the render
// thread does.
struct Helpers {
  std::shared_ptr<evoke::FrameCapture> capture;
  std::shared_ptr<evoke::MirrorBoard> board;
  std::unique_ptr<evoke::MirrorProcess> mirror;
};

absl::Status StartHelpers(evoke::DisplaySettings* settings, Helpers* helpers) {
  if (!settings->capture_folder.empty()) {
    auto capture = evoke::FrameCapture::Create(settings->capture_folder);
    if (!capture.ok()) return capture.status();
    spdlog::warn("capturing every stimulus to {}: this takes time in the refresh of each onset",
                 settings->capture_folder);
    settings->screen.look.capture = helpers->capture = *std::move(capture);
  }
  if (settings->mirror) {
    auto board = evoke::MirrorBoard::Create();
    if (!board.ok()) return board.status();
    auto mirror = evoke::MirrorProcess::Start(**board, settings->mirror_options);
    if (!mirror.ok()) return mirror.status();
    settings->screen.look.mirror = helpers->board = *std::move(board);
    helpers->mirror = *std::move(mirror);
  }
  return absl::OkStatus();
}

// `text` are the settings as they can be read again, for the timing log.
absl::Status Show(evoke::DisplaySettings& settings, const evoke::OutputOptions& output_options,
                  const std::string& text) {
  Helpers helpers;
  if (absl::Status status = StartHelpers(&settings, &helpers); !status.ok()) return status;
  const auto clock = evoke::NewSystemClock();
  auto opened = evoke::SdlScreen::Open(settings.screen);
  if (!opened.ok()) return opened.status();
  evoke::SdlScreen* const screen = opened->get();
  evoke::RenderThread render(settings.real_time);
  absl::Status status = render.Run([&] { return screen->Start(); }, [&] { screen->PollEvents(); });
  if (!status.ok()) return status;
  const evoke::ScreenInfo& info = screen->info();
  spdlog::info("{} x {} at {:.3f} Hz; onset stamps: {}", info.width, info.height, info.refresh_hz,
               std::string(evoke::StampSourceName(info.source)));

  auto outputs = evoke::Outputs::Open(output_options, settings.name, info, text, clock.get());
  if (!outputs.ok()) return outputs.status();
  settings.presenter.timing = (*outputs)->queues();
  (*outputs)->Connect(&settings.loop);
  auto presenter = evoke::Presenter::Create(screen, clock.get(), settings.presenter);
  if (!presenter.ok()) return presenter.status();
  std::unique_ptr<evoke::AbortListener> aborts;
  if (!output_options.abort_udp.empty()) {
    auto listener = evoke::AbortListener::Start(
        output_options.abort_udp, [&](const std::string& reason) { (*presenter)->Abort(reason); });
    if (!listener.ok()) return listener.status();
    aborts = *std::move(listener);
  }
  {
    evoke::DisplayLoop loop(settings.loop, presenter->get(), info, clock.get(), &stop);
    status = render.Run([&] { return (*presenter)->RunUntil(stop); },
                        [&] { (*presenter)->Handle(screen->PollEvents()); });
    if (status.ok()) status = loop.status();
  }
  const absl::Status stopped = render.Run(
      [&] {
        screen->Stop();
        return absl::OkStatus();
      },
      [] {});
  const evoke::PresenterStats stats = (*presenter)->stats();
  spdlog::info("ending: {} trials shown, {} aborted, {} refreshes, {} missed", stats.shown,
               stats.aborted, stats.flips, stats.dropped_frames);
  if (helpers.capture && helpers.capture->lost() > 0) {
    spdlog::warn(
        "capture: {} stimuli were not written: the disk or the processor is slower than "
        "they came",
        helpers.capture->lost());
  }
  // The operator closed the window: that is an end in good order.
  return absl::IsCancelled(status) ? stopped : status;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Evoke's stimulus display. P or space pauses, Esc aborts the trial that is on, "
      "closing the window or Ctrl-C ends it; trials in hand return to the server."};
  evoke::DisplaySettings settings;
  settings.AddTo(app);
  evoke::OutputOptions output_options;
  output_options.AddTo(app);
  evoke::CalibrateOptions calibrate;
  evoke::AddCalibrate(app, &calibrate);
  int board = -1;
  CLI::App* const mirror = app.add_subcommand("mirror", "")->group("")->configurable(false);
  mirror->add_option("--board", board)->required()->configurable(false);
  mirror->fallthrough();
  bool list_screens = false;
  std::string write_config;
  app.set_config("--config", "",
                 "Options from this file, one \"name=value\" on a line; those on "
                 "the command line count first");
  app.add_option("--write-config", write_config, "Write all options to this file, and end")
      ->configurable(false);
  app.add_flag("--list-screens", list_screens, "Say which monitors and modes there are, and end")
      ->configurable(false);
  CLI11_PARSE(app, argc, argv);

  spdlog::set_default_logger(spdlog::stderr_color_mt("evoke-display"));
  spdlog::cfg::load_env_levels();  // SPDLOG_LEVEL=debug
  if (mirror->parsed()) {
    const absl::Status status = evoke::RunMirror(board, settings.mirror_options);
    return status.ok() ? 0 : Fail(status);
  }
  if (list_screens) return ListScreens();
  if (absl::Status status = settings.Resolve(); !status.ok()) return Fail(status);
  if (!write_config.empty()) return WriteConfig(write_config, evoke::SettingsText(app, true));
  absl::Status status;
  if (calibrate.screen->parsed() || calibrate.gamma->parsed()) {
    status = evoke::Calibrate(calibrate, settings);
  } else {
    std::signal(SIGINT, [](int) { stop = true; });
    std::signal(SIGTERM, [](int) { stop = true; });
    status = Show(settings, output_options, evoke::SettingsText(app, false));
  }
  return status.ok() ? 0 : Fail(status);
}
