#include "stimulus_display/calibration/calibration_session.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "common/status_macros.h"
#include "stimulus_display/calibration/calibration_picture.h"

namespace evoke {
namespace {

// A desk's monitor: about 35 pixels per cm.
constexpr double kGuessedPixelsPerCm = 35;

Frame Whole(const ScreenInfo& info) {
  Frame frame;
  frame.slot = 0;
  frame.where = {0, 0, info.width, info.height};
  return frame;
}

// One refresh of what is in slot 0, and what was typed meanwhile. CANCELLED: Esc, or closed.
absl::StatusOr<std::string> ShowAndListen(Screen* screen, const Terminal& terminal) {
  EVOKE_ASSIGN_OR_RETURN([[maybe_unused]] const Flip flip, screen->Show(Whole(screen->info())));
  const ScreenEvents events = screen->PollEvents();
  if (events.abort || events.close) return absl::CancelledError("calibration left");
  return events.typed + terminal.typed();
}

// Takes the first line out of what was typed, with its backspaces carried out. A '-' is a line of
// its own; nothing without a whole line.
std::optional<std::string> TakeLine(std::string* typed) {
  std::string line;
  for (size_t i = 0; i < typed->size(); ++i) {
    const char c = (*typed)[i];
    if (c == '\n' || c == '-') {
      typed->erase(0, i + 1);
      return c == '-' ? "-" : line;
    }
    if (c != '\b' && c != '\x7f') {
      line.push_back(c);
    } else if (!line.empty()) {
      line.pop_back();
    }
  }
  return std::nullopt;
}

std::vector<GammaReading> Levels(const GammaSteps& steps) {
  std::vector<GammaReading> levels;
  for (const GammaChannel channel : steps.channels) {
    for (int i = 0; i < steps.steps; ++i) {
      levels.push_back({channel, static_cast<int>(std::lround(i * 255.0 / (steps.steps - 1))), 0});
    }
  }
  return levels;
}

}  // namespace

absl::StatusOr<double> MeasureScreenWidth(Screen* screen, double screen_width_cm,
                                          const Terminal& terminal) {
  const ScreenInfo& info = screen->info();
  if (screen_width_cm <= 0) screen_width_cm = info.screen_width_pixels / kGuessedPixelsPerCm;
  // The outline stays on the screen.
  const int widest = std::max(
      1,
      std::min(info.width - 8, static_cast<int>((info.height - 8) * kCardWidthMm / kCardHeightMm)));
  int card = std::clamp(CardWidthPixels(screen_width_cm, info.screen_width_pixels), 1, widest);
  int drawn = 0;
  terminal.print("Fit the frame on the screen to a bank card: arrows, then Return.\n");
  while (true) {
    if (card != drawn) {
      EVOKE_ASSIGN_OR_RETURN(
          const Image picture,
          DrawCalibration({info.width, info.height, info.screen_width_pixels, card}));
      EVOKE_RETURN_IF_ERROR(screen->Upload(0, picture));
      drawn = card;
    }
    EVOKE_ASSIGN_OR_RETURN(const std::string typed, ShowAndListen(screen, terminal));
    for (const char c : typed) {
      if (c == '\n') return ScreenWidthCm(card, info.screen_width_pixels);
      if (c == '+') card = std::min(card + 1, widest);
      if (c == '-') card = std::max(card - 1, 1);
    }
  }
}

absl::StatusOr<std::vector<GammaReading>> TakeReadings(Screen* screen, const GammaSteps& steps,
                                                       const Terminal& terminal) {
  if (steps.steps < 4 || steps.steps > GammaTable::kLevels) {
    return absl::InvalidArgumentError(
        absl::StrFormat("%d steps of gray: give 4 to 256", steps.steps));
  }
  std::vector<GammaReading> readings = Levels(steps);
  std::string typed;
  size_t next = 0;
  double doubted = -1;  // a value that was darker than the one before; none is negative
  bool ask = true;
  while (next < readings.size()) {
    GammaReading& reading = readings[next];
    if (ask) {
      const auto rgb = GammaChannelColor(reading.channel, reading.level);
      EVOKE_RETURN_IF_ERROR(screen->Upload(0, Image{1, 1, {rgb.begin(), rgb.end()}}));
      terminal.print(absl::StrFormat("%d of %d: %s %d is on. Light (cd/m2)? ", next + 1,
                                     readings.size(), GammaChannelName(reading.channel),
                                     reading.level));
    }
    EVOKE_ASSIGN_OR_RETURN(const std::string more, ShowAndListen(screen, terminal));
    typed += more;
    const std::optional<std::string> line = TakeLine(&typed);
    ask = line.has_value();
    if (!ask) continue;
    double value = 0;
    if (*line == "-") {
      if (next > 0) --next;
      doubted = -1;
    } else if (!absl::SimpleAtod(*line, &value) || !std::isfinite(value) || value < 0) {
      terminal.print("That is no luminance: type a number and Return, \"-\" for a step back.\n");
    } else if (reading.level > 0 && value < readings[next - 1].luminance && doubted != value) {
      terminal.print(absl::StrFormat(
          "%g is darker than the step before, which gave %g: measure again (the same value again "
          "is taken).\n",
          value, readings[next - 1].luminance));
      doubted = value;
    } else {
      reading.luminance = value;
      doubted = -1;
      ++next;
    }
  }
  return readings;
}

}  // namespace evoke
