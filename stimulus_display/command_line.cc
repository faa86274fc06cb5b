#include "stimulus_display/command_line.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/resource_name.h"
#include "common/status_macros.h"
#include "stimulus_display/screen/gamma_table.h"

namespace evoke {
namespace {

// Numbers with commas between them.
absl::StatusOr<std::vector<double>> ParseNumbers(const char* option, const std::string& text,
                                                 size_t count, double least, double most) {
  std::vector<double> numbers;
  for (absl::string_view part : absl::StrSplit(text, ',')) {
    double number = 0;
    if (!absl::SimpleAtod(part, &number) || !(number >= least && number <= most)) break;
    numbers.push_back(number);
  }
  if (numbers.size() != count) {
    return absl::InvalidArgumentError(absl::StrCat(option, " ", text, ": give ", count,
                                                   " numbers from ", least, " to ", most,
                                                   " with commas between them"));
  }
  return numbers;
}

Corner ToCorner(const std::string& text) {
  if (text == "top-left") return Corner::kTopLeft;
  if (text == "top-right") return Corner::kTopRight;
  return text == "bottom-right" ? Corner::kBottomRight : Corner::kBottomLeft;
}

MissPolicy ToMissPolicy(const std::string& text) {
  if (text == "truncate") return MissPolicy::kTruncate;
  return text == "abort" ? MissPolicy::kAbort : MissPolicy::kShift;
}

}  // namespace

void DisplaySettings::AddTo(CLI::App& app) {
  AddServer(app);
  AddScreen(app);
  AddLook(app);
  AddTiming(app);
  AddOperator(app);
}

void DisplaySettings::AddServer(CLI::App& app) {
  const std::string group = "Server";
  connection.AddTo(&app, group);
  app.add_option("--name", name, "This display's name; keep it over restarts")
      ->capture_default_str()
      ->group(group);
  app.add_option("--experiment", loop.experiment,
                 "Serve only this one (experiments/NAME); all if not given")
      ->group(group);
  app.add_option("--prefetch", loop.prefetch, "Trials held ready per experiment")
      ->check(CLI::Range(1, 64))
      ->capture_default_str()
      ->group(group);
}

void DisplaySettings::AddScreen(CLI::App& app) {
  const std::string group = "Screen";
  app.add_option("--screen", screen.screen_index, "Which monitor, from 0; see --list-screens")
      ->capture_default_str()
      ->group(group);
  app.add_flag("--full-screen", screen.full_screen, "Take the whole monitor")->group(group);
  app.add_option("--mode", mode_,
                 "Of a full screen, as 1920x1080@144; the desktop's own if not given")
      ->group(group);
  app.add_option("--width", screen.window_width, "Of the window, pixels")
      ->capture_default_str()
      ->group(group);
  app.add_option("--height", screen.window_height, "Of the window, pixels")
      ->capture_default_str()
      ->group(group);
  app.add_option("--screen-width-cm", presenter.viewing.screen_width_cm,
                 "Of the monitor; needed for sizes in degrees. `calibrate screen` measures it")
      ->capture_default_str()
      ->group(group);
  app.add_option("--distance-cm", presenter.viewing.distance_cm,
                 "From the eye to the screen; needed for sizes in degrees")
      ->capture_default_str()
      ->group(group);
}

void DisplaySettings::AddLook(CLI::App& app) {
  const std::string group = "Look";
  Look& look = screen.look;
  app.add_option("--background", background_, "Gray level, 0 to 255")
      ->check(CLI::Range(0, 255))
      ->capture_default_str()
      ->group(group);
  app.add_option(
         "--gamma-table", gamma_table_,
         "File by which light is proportional to gray; `calibrate gamma` makes it. Without, "
         "images reach the monitor exact to the bit")
      ->group(group);
  app.add_flag("--linear", look.linear_filter, "Scale images smoothly, not by pixels")
      ->group(group);
  app.add_flag("--no-patch", no_patch_, "No sync patch for a photodiode")->group(group);
  app.add_option("--patch-size", look.patch.size_pixels, "Of the sync patch, pixels")
      ->capture_default_str()
      ->group(group);
  app.add_option("--patch-corner", patch_corner_, "Where the sync patch is")
      ->check(CLI::IsMember({"top-left", "top-right", "bottom-left", "bottom-right"}))
      ->capture_default_str()
      ->group(group);
  app.add_option(
         "--patch-mode", patch_mode_,
         "White while a stimulus is on, or changing at each onset. evoke-rig needs the first")
      ->check(CLI::IsMember({"stimulus", "toggle"}))
      ->capture_default_str()
      ->group(group);
  app.add_flag("--frame-code", look.frame_code,
               "The trial's sync code in 16 bits beside the patch, for a camera")
      ->group(group);
  app.add_option("--fixation", fixation_, "Diameter of a fixation point, as 0.3deg or 12px")
      ->group(group);
  app.add_option("--fixation-at", fixation_at_,
                 "Its place right of and above the centre, in the same unit")
      ->capture_default_str()
      ->group(group);
  app.add_option("--fixation-color", fixation_color_, "RED,GREEN,BLUE, each 0 to 255")
      ->capture_default_str()
      ->group(group);
  app.add_option("--fixation-when", fixation_when_, "Between the stimuli, over them, or always")
      ->check(CLI::IsMember({"between", "over", "always"}))
      ->capture_default_str()
      ->group(group);
}

void DisplaySettings::AddTiming(CLI::App& app) {
  const std::string group = "Timing";
  app.add_option(
         "--expected-hz", screen.expected_hz,
         "The monitor's refresh rate; 0: as the window system says, which rounds 59.94 to 60")
      ->capture_default_str()
      ->group(group);
  app.add_option("--refresh-tolerance-ppm", refresh_tolerance_ppm_,
                 "How far the measured rate may be from that, parts per million")
      ->capture_default_str()
      ->group(group);
  app.add_flag("--refuse-wrong-refresh", screen.refuse_wrong_refresh,
               "Do not start if it is farther; a warning otherwise")
      ->group(group);
  app.add_option("--miss-policy", miss_policy_,
                 "A stimulus that comes on late is shown in full, leaves when it should have left, "
                 "or is aborted")
      ->check(CLI::IsMember({"shift", "truncate", "abort"}))
      ->capture_default_str()
      ->group(group);
  app.add_option("--commit-lead-ms", commit_lead_ms_,
                 "How long before its refresh a frame is handed over; 0: found at start")
      ->check(CLI::Range(0.0, 1000.0))
      ->capture_default_str()
      ->group(group);
  app.add_flag("--no-feedback", no_feedback_,
               "Do not use the window system's stamps (Wayland's presentation-time, GLX_OML)")
      ->group(group);
  app.add_option("--priority", real_time.priority,
                 "Real-time priority of the refresh thread, 1 to 99; 0: none")
      ->check(CLI::Range(0, 99))
      ->capture_default_str()
      ->group(group);
  app.add_option("--light-delay-ms", light_delay_ms_,
                 "From a stamp to the light in the middle of the stimulus, as measured with a "
                 "photodiode; added to onsets and offsets")
      ->check(CLI::Range(-1000.0, 1000.0))
      ->capture_default_str()
      ->group(group);
  app.add_option("--timer-hz", screen.timer_hz,
                 "Rate to keep on a screen that does not wait for vsync (Xvfb)")
      ->check(CLI::Range(1.0, 1000.0))
      ->capture_default_str()
      ->group(group);
}

void DisplaySettings::AddOperator(CLI::App& app) {
  const std::string group = "Operator";
  app.add_flag("--mirror", mirror, "A window with what is on, a process of its own")->group(group);
  app.add_option("--mirror-screen", mirror_options.screen_index, "The monitor that it opens on")
      ->capture_default_str()
      ->group(group);
  app.add_option("--mirror-width", mirror_options.width, "Of that window, pixels")
      ->check(CLI::Range(64, 4096))
      ->capture_default_str()
      ->group(group);
  app.add_option("--mirror-display", mirror_options.display,
                 "The X display that it opens on, if another one, as :0.1")
      ->group(group);
  app.add_option("--capture", capture_folder,
                 "Write every stimulus as it was on the screen to this new folder, as PNG. Costs "
                 "time in each onset's refresh: for an audit, not for the experiment itself")
      ->group(group);
}

absl::Status DisplaySettings::Resolve() {
  EVOKE_RETURN_IF_ERROR(ValidateId("--name", name));
  EVOKE_ASSIGN_OR_RETURN(loop.server, connection.Read(absl::Now()));
  loop.name = ClientName(name);
  loop.background = background_;
  loop.light_delay = absl::Microseconds(light_delay_ms_ * 1000);
  presenter.queue_capacity = 64;
  presenter.miss_policy = ToMissPolicy(miss_policy_);
  presenter.patch_mode = patch_mode_ == "toggle" ? PatchMode::kToggle : PatchMode::kOnWithStimulus;
  screen.title = absl::StrCat("Evoke - ", name);
  screen.slots = std::max(8, loop.prefetch);
  screen.refresh_tolerance = refresh_tolerance_ppm_ * 1e-6;
  screen.commit_lead = absl::Microseconds(commit_lead_ms_ * 1000);
  screen.use_feedback = !no_feedback_;
  if (!mode_.empty()) {
    EVOKE_ASSIGN_OR_RETURN(screen.mode, ParseScreenMode(mode_));
  }
  Look& look = screen.look;
  look.background = static_cast<uint8_t>(background_);
  look.patch.enabled = !no_patch_;
  look.patch.corner = ToCorner(patch_corner_);
  look.viewing = presenter.viewing;
  if (!gamma_table_.empty()) {
    EVOKE_ASSIGN_OR_RETURN(look.gamma, ReadGammaTable(gamma_table_));
  }
  return ResolveFixation();
}

absl::Status DisplaySettings::ResolveFixation() {
  Fixation& fixation = screen.look.fixation;
  fixation.between = fixation_when_ != "over";
  fixation.over = fixation_when_ != "between";
  EVOKE_ASSIGN_OR_RETURN(const std::vector<double> rgb,
                         ParseNumbers("--fixation-color", fixation_color_, 3, 0, 255));
  for (size_t c = 0; c < 3; ++c) fixation.rgb[c] = static_cast<uint8_t>(rgb[c]);
  EVOKE_ASSIGN_OR_RETURN(const std::vector<double> at,
                         ParseNumbers("--fixation-at", fixation_at_, 2, -1e5, 1e5));
  fixation.placement.offset_right = at[0];
  fixation.placement.offset_up = at[1];
  if (fixation_.empty()) return absl::OkStatus();
  absl::string_view size = fixation_;
  const bool degrees = absl::ConsumeSuffix(&size, "deg");
  fixation.placement.unit = degrees ? SizeUnit::kDegrees : SizeUnit::kPixels;
  if ((!degrees && !absl::ConsumeSuffix(&size, "px")) ||
      !absl::SimpleAtod(size, &fixation.placement.width) || !(fixation.placement.width > 0)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--fixation ", fixation_, ": give a diameter with its unit, as 0.3deg or 12px"));
  }
  return absl::OkStatus();
}

std::string SettingsText(const CLI::App& app, bool explain) {
  std::string text;
  for (absl::string_view line : absl::StrSplit(app.config_to_str(true, explain), '\n')) {
    if (!absl::ConsumeSuffix(&line, "=\"\"")) absl::StrAppend(&text, line, "\n");
  }
  return text;
}

}  // namespace evoke
