// What is on the screen besides the stimuli. Plain settings, without OpenGL.
#ifndef EVOKE_STIMULUS_DISPLAY_SCREEN_LOOK_H_
#define EVOKE_STIMULUS_DISPLAY_SCREEN_LOOK_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "stimulus_display/screen/gamma_table.h"
#include "stimulus_display/screen/geometry.h"

namespace evoke {

class FrameCapture;
class MirrorBoard;

enum class Corner { kTopLeft, kTopRight, kBottomLeft, kBottomRight };

// When the sync patch is white.
enum class PatchMode {
  kOnWithStimulus,  // while a stimulus is on: an edge at its onset and one at its offset
  kToggle,          // changes at each onset: an edge at every onset, none at an offset
};

// The square that a photodiode looks at. Drawn over the stimulus where both meet.
struct SyncPatch {
  bool enabled = true;
  Corner corner = Corner::kBottomLeft;
  int size_pixels = 64;
};

// The pixels of the patch on a drawn area of this size.
PixelRect PatchRect(const SyncPatch& patch, int width, int height);

// A filled disc. Its placement's width is the diameter; 0: none.
struct Fixation {
  Placement placement;
  std::array<uint8_t, 3> rgb = {255, 0, 0};
  bool between = true;  // while no stimulus is on
  bool over = false;    // while one is

  bool enabled() const { return placement.width > 0 && (between || over); }
};

// Black and white of the patch and the frame code are the monitor's own; all other values go
// through the gamma table, if there is one. Without, images are exact to the bit.
struct Look {
  uint8_t background = 128;    // gray, 0 to 255
  bool linear_filter = false;  // for scaled images; nearest otherwise
  SyncPatch patch;
  bool frame_code = false;  // beside the patch
  Fixation fixation;
  ViewingGeometry viewing;  // needed for a fixation in degrees
  std::optional<GammaTable> gamma;
  std::shared_ptr<FrameCapture> capture;  // of every stimulus that is shown; null: none
  std::shared_ptr<MirrorBoard> mirror;    // for the operator; null: none
};

// INVALID_ARGUMENT, saying what to do: something does not fit on a drawn area of this size, or a
// part is wanted without what it needs.
absl::Status CheckLook(const Look& look, const ScreenSize& screen);

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_SCREEN_LOOK_H_
