// Which monitors there are.
#ifndef EVOKE_STIMULUS_DISPLAY_SCREEN_SCREEN_LIST_H_
#define EVOKE_STIMULUS_DISPLAY_SCREEN_SCREEN_LIST_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "stimulus_display/screen/geometry.h"

namespace evoke {

// As the window system tells it: rates are rounded to whole Hz (59.94 Hz are 59 or 60).
struct ScreenMode {
  int width = 0;
  int height = 0;
  int hz = 0;  // 0: any, or not known
  friend bool operator==(const ScreenMode&, const ScreenMode&) = default;
};

// "1920x1080" or "1920x1080@144". INVALID_ARGUMENT: anything else.
absl::StatusOr<ScreenMode> ParseScreenMode(absl::string_view text);
std::string FormatScreenMode(const ScreenMode& mode);

struct ScreenDescription {
  std::string name;
  PixelRect place;  // on the desktop of all monitors
  ScreenMode current;
  std::vector<ScreenMode> modes;  // best first, each once
};

// In the order of SdlScreenOptions::screen_index. UNAVAILABLE: no display. On the main thread, and
// not while a screen is open.
absl::StatusOr<std::vector<ScreenDescription>> ListScreens();

// One line for each, and its modes.
std::string FormatScreens(const std::vector<ScreenDescription>& screens);

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_SCREEN_SCREEN_LIST_H_
