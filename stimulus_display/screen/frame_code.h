// A number on the screen beside the sync patch, by which a camera or a set of photodiodes can check
// which stimulus was on.
#ifndef EVOKE_STIMULUS_DISPLAY_SCREEN_FRAME_CODE_H_
#define EVOKE_STIMULUS_DISPLAY_SCREEN_FRAME_CODE_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "common/image.h"
#include "stimulus_display/screen/geometry.h"

namespace evoke {

// A strip as tall as the patch, one cell away from it along the screen's edge:
//
//     +-------+ +-+-+-+ ... +-+     upper row: the 16 bits, the highest at the left, white is 1
//     | patch | +-+-+-+ ... +-+     lower row: the same bits inverted
//     +-------+
//
// Cells are squares of half the patch's size, black and white as the monitor has them (no gamma
// table). Every column has one white and one black cell. So the strip is equally bright whatever
// the code is; it brings its own threshold, column by column, under uneven light; and whatever is
// no code is seen: a picture of two frames at once (a long exposure, a torn frame) has columns with
// two grays, or two equal cells. Only an error in both cells of a column passes.
//
// Code 0 says that no stimulus is on; trials have 1 to 65535.
constexpr int kFrameCodeBits = 16;

// Where the strip is, right of a patch at the left edge, and left of any other. The cell beside the
// patch is left black. Not checked: that it fits on the screen.
PixelRect FrameCodeRect(const PixelRect& patch);

// The cell of bit 15 (the leftmost) .. 0, in the row of the bits or in that of the inverted ones.
PixelRect FrameCodeCell(const PixelRect& strip, int bit, bool inverted);

// Reads the code from a picture whose part `strip` shows the whole strip, upright, at any scale
// from 2 pixels a cell. Looks at the inner half of each cell only, and asks for a contrast in each
// column of at least half the highest one. DATA_LOSS, naming the column: no code, or not a whole
// one. INVALID_ARGUMENT: the strip does not lie in the picture, or is too small.
absl::StatusOr<uint16_t> DecodeFrameCode(const Image& picture, const PixelRect& strip);

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_SCREEN_FRAME_CODE_H_
