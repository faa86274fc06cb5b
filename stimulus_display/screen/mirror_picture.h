// The operator's picture of the screen.
#ifndef EVOKE_STIMULUS_DISPLAY_SCREEN_MIRROR_PICTURE_H_
#define EVOKE_STIMULUS_DISPLAY_SCREEN_MIRROR_PICTURE_H_

#include "absl/status/statusor.h"
#include "common/image.h"
#include "stimulus_display/screen/mirror_board.h"

namespace evoke {

// The height of the line of text below.
constexpr int kMirrorCaption = 28;

// The screen at `width` pixels, with everything in its place, and a line of text below. Gray levels
// are those wanted, before any gamma table. INVALID_ARGUMENT: no screen size yet, or no width.
absl::StatusOr<Image> DrawMirror(const MirrorView& view, int width);

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_SCREEN_MIRROR_PICTURE_H_
