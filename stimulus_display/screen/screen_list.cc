#include "stimulus_display/screen/screen_list.h"

#include <SDL.h>

#include <algorithm>
#include <cstddef>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

namespace evoke {
namespace {

ScreenMode FromSdl(const SDL_DisplayMode& mode) { return {mode.w, mode.h, mode.refresh_rate}; }

ScreenDescription Describe(int index) {
  ScreenDescription screen;
  const char* name = SDL_GetDisplayName(index);
  screen.name = name == nullptr ? "" : name;
  SDL_Rect bounds = {};
  SDL_GetDisplayBounds(index, &bounds);
  screen.place = {bounds.x, bounds.y, bounds.w, bounds.h};
  SDL_DisplayMode mode = {};
  if (SDL_GetCurrentDisplayMode(index, &mode) == 0) screen.current = FromSdl(mode);
  for (int i = 0; i < SDL_GetNumDisplayModes(index); ++i) {
    if (SDL_GetDisplayMode(index, i, &mode) != 0) continue;
    // Modes that differ in depth only look the same here.
    const ScreenMode found = FromSdl(mode);
    if (std::find(screen.modes.begin(), screen.modes.end(), found) == screen.modes.end()) {
      screen.modes.push_back(found);
    }
  }
  return screen;
}

}  // namespace

absl::StatusOr<ScreenMode> ParseScreenMode(absl::string_view text) {
  ScreenMode mode;
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '@');
  const std::vector<absl::string_view> size = absl::StrSplit(parts[0], 'x');
  if (parts.size() > 2 || size.size() != 2 || !absl::SimpleAtoi(size[0], &mode.width) ||
      !absl::SimpleAtoi(size[1], &mode.height) || mode.width <= 0 || mode.height <= 0 ||
      (parts.size() == 2 && (!absl::SimpleAtoi(parts[1], &mode.hz) || mode.hz <= 0))) {
    return absl::InvalidArgumentError(absl::StrCat(
        "mode \"", text, "\": write it as 1920x1080 or 1920x1080@144; --list-screens has them"));
  }
  return mode;
}

std::string FormatScreenMode(const ScreenMode& mode) {
  const std::string size = absl::StrFormat("%dx%d", mode.width, mode.height);
  return mode.hz > 0 ? absl::StrCat(size, "@", mode.hz) : size;
}

absl::StatusOr<std::vector<ScreenDescription>> ListScreens() {
  SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
  if (SDL_InitSubSystem(SDL_INIT_VIDEO) != 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot ask for screens (", SDL_GetError(),
                     "): set DISPLAY or WAYLAND_DISPLAY to a running display"));
  }
  std::vector<ScreenDescription> screens;
  for (int i = 0; i < SDL_GetNumVideoDisplays(); ++i) screens.push_back(Describe(i));
  SDL_QuitSubSystem(SDL_INIT_VIDEO);
  return screens;
}

std::string FormatScreens(const std::vector<ScreenDescription>& screens) {
  std::string text;
  for (size_t i = 0; i < screens.size(); ++i) {
    const ScreenDescription& screen = screens[i];
    absl::StrAppendFormat(&text, "--screen %d  %s  at %+d%+d  %s\n", i,
                          FormatScreenMode(screen.current), screen.place.x, screen.place.y,
                          screen.name);
    for (const ScreenMode& mode : screen.modes) {
      absl::StrAppend(&text, "    --mode ", FormatScreenMode(mode), "\n");
    }
  }
  return text;
}

}  // namespace evoke
