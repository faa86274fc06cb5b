#include "stimulus_display/calibrate_command.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/status_macros.h"
#include "stimulus_display/calibration/calibration_session.h"
#include "stimulus_display/calibration/gamma_fit.h"
#include "stimulus_display/screen/gamma_table.h"

namespace evoke {
namespace {

// What is at standard input now.
std::string ReadTerminal() {
  pollfd input = {STDIN_FILENO, POLLIN, 0};
  if (poll(&input, 1, 0) <= 0 || (input.revents & POLLIN) == 0) return "";
  std::array<char, 4096> buffer;
  const ssize_t got = read(STDIN_FILENO, buffer.data(), buffer.size());
  return got > 0 ? std::string(buffer.data(), static_cast<size_t>(got)) : "";
}

void PrintTerminal(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

// Nothing but what is calibrated, in full screen or window as the settings say. A gamma table
// stays: then it is the table that is tested.
absl::StatusOr<std::unique_ptr<SdlScreen>> OpenScreen(const DisplaySettings& settings) {
  SdlScreenOptions options = settings.screen;
  options.look.patch.enabled = false;
  options.look.frame_code = false;
  options.look.fixation = Fixation();
  options.title = "Evoke - calibration";
  options.slots = 1;
  EVOKE_ASSIGN_OR_RETURN(std::unique_ptr<SdlScreen> screen, SdlScreen::Open(options));
  EVOKE_RETURN_IF_ERROR(screen->Start());
  return screen;
}

absl::Status WriteText(const std::string& path, const std::string& text) {
  std::ofstream stream(path, std::ios::binary | std::ios::trunc);
  stream << text << std::flush;
  if (stream) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat(path, ": cannot be written; give another path, on a disk with room"));
}

absl::Status CalibrateScreen(const DisplaySettings& settings) {
  EVOKE_ASSIGN_OR_RETURN(const std::unique_ptr<SdlScreen> screen, OpenScreen(settings));
  EVOKE_ASSIGN_OR_RETURN(
      const double cm, MeasureScreenWidth(screen.get(), settings.presenter.viewing.screen_width_cm,
                                          {ReadTerminal, PrintTerminal}));
  PrintTerminal(absl::StrFormat("--screen-width-cm %.2f\n", cm));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<GammaReading>> GetReadings(const CalibrateOptions& options,
                                                      const DisplaySettings& settings) {
  if (options.readings.empty()) {
    EVOKE_ASSIGN_OR_RETURN(const std::unique_ptr<SdlScreen> screen, OpenScreen(settings));
    GammaSteps steps;
    steps.steps = options.steps;
    if (options.channels == "rgb") {
      steps.channels = {GammaChannel::kRed, GammaChannel::kGreen, GammaChannel::kBlue};
    }
    return TakeReadings(screen.get(), steps, {ReadTerminal, PrintTerminal});
  }
  std::ifstream stream(options.readings, std::ios::binary);
  if (!stream) {
    return absl::NotFoundError(
        absl::StrCat(options.readings, ": no such file, or it may not be read"));
  }
  auto readings = ParseReadings(std::string{std::istreambuf_iterator<char>(stream), {}});
  if (readings.ok()) return readings;
  return absl::InvalidArgumentError(
      absl::StrCat(options.readings, ": ", readings.status().message()));
}

absl::Status CalibrateGammaTable(const CalibrateOptions& options, const DisplaySettings& settings) {
  EVOKE_ASSIGN_OR_RETURN(const std::vector<GammaReading> readings, GetReadings(options, settings));
  const std::string text = FormatReadings(readings);
  if (options.readings.empty()) {
    // First of all: typing them in again would be worse than any error below.
    const std::string path = options.table + ".readings.csv";
    EVOKE_RETURN_IF_ERROR(WriteText(path, text));
    PrintTerminal(absl::StrCat("\nreadings: ", path, "\n"));
  }
  EVOKE_ASSIGN_OR_RETURN(const GammaCalibration calibration, CalibrateGamma(readings));
  const std::string description = DescribeCalibration(calibration);
  PrintTerminal(description);
  if (settings.screen.look.gamma.has_value() && options.readings.empty()) {
    PrintTerminal(
        "These readings were taken with --gamma-table: with a good table each gamma is near 1. No "
        "table is written.\n");
    return absl::OkStatus();
  }
  EVOKE_RETURN_IF_ERROR(WriteText(
      options.table, FormatGammaTable(calibration.table,
                                      absl::StrCat("evoke-display calibrate gamma, ",
                                                   absl::FormatTime(absl::RFC3339_sec, absl::Now(),
                                                                    absl::UTCTimeZone()),
                                                   "\n", description, text))));
  PrintTerminal(absl::StrCat("--gamma-table ", options.table, "\n"));
  return absl::OkStatus();
}

}  // namespace

void AddCalibrate(CLI::App& app, CalibrateOptions* options) {
  CLI::App* calibrate = app.add_subcommand(
      "calibrate", "Set the monitor up; give --screen, --full-screen and so on before it");
  calibrate->configurable(false)->require_subcommand(1)->fallthrough();
  options->screen = calibrate->add_subcommand(
      "screen",
      "A grid, gray levels, and a frame that is fitted to a bank card: the screen's width");
  options->screen->fallthrough();
  options->gamma = calibrate->add_subcommand(
      "gamma", "Gray steps for a photometer, whose readings are typed in: a gamma table");
  options->gamma->fallthrough();
  options->gamma->add_option("--channels", options->channels, "Gray steps, or red, green and blue")
      ->check(CLI::IsMember({"gray", "rgb"}))
      ->capture_default_str()
      ->configurable(false);
  options->gamma->add_option("--steps", options->steps, "Levels, evenly from 0 to 255")
      ->check(CLI::Range(4, 256))
      ->capture_default_str()
      ->configurable(false);
  options->gamma
      ->add_option("--table", options->table,
                   "File to write; the readings go to the same name with .readings.csv")
      ->capture_default_str()
      ->configurable(false);
  options->gamma
      ->add_option("--readings", options->readings,
                   "Fit the readings of this file, without a screen")
      ->configurable(false);
}

absl::Status Calibrate(const CalibrateOptions& options, const DisplaySettings& settings) {
  const absl::Status status =
      options.screen->parsed() ? CalibrateScreen(settings) : CalibrateGammaTable(options, settings);
  // Esc is an end in good order.
  return absl::IsCancelled(status) ? absl::OkStatus() : status;
}

}  // namespace evoke
