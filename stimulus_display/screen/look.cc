#include "stimulus_display/screen/look.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "stimulus_display/screen/frame_code.h"

namespace evoke {

PixelRect PatchRect(const SyncPatch& patch, int width, int height) {
  const bool left = patch.corner == Corner::kTopLeft || patch.corner == Corner::kBottomLeft;
  const bool top = patch.corner == Corner::kTopLeft || patch.corner == Corner::kTopRight;
  const int size = std::min({patch.size_pixels, width, height});
  return {left ? 0 : width - size, top ? 0 : height - size, size, size};
}

absl::Status CheckLook(const Look& look, const ScreenSize& screen) {
  if (look.patch.enabled && look.patch.size_pixels < 1) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "sync patch of %d pixels: give a positive size or turn it off", look.patch.size_pixels));
  }
  if (look.frame_code) {
    if (!look.patch.enabled || look.patch.size_pixels < 4) {
      return absl::InvalidArgumentError(
          "the frame code stands beside the sync patch, as high as it is: turn the patch on, with "
          "a size of at least 4 pixels, or the code off");
    }
    const PixelRect patch = PatchRect(look.patch, screen.width, screen.height);
    const PixelRect strip = FrameCodeRect(patch);
    if (strip.x < 0 || strip.x + strip.width > screen.width) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "the frame code beside a sync patch of %d pixels is %d pixels wide, the screen %d: make "
          "the patch smaller",
          look.patch.size_pixels, strip.width, screen.width));
    }
  }
  if (look.fixation.enabled()) {
    const auto where = PlaceImage(look.fixation.placement, 1, 1, look.viewing, screen);
    if (!where.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("the fixation point: ", where.status().message()));
    }
  }
  return absl::OkStatus();
}

}  // namespace evoke
