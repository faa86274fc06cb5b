// What is on the screen, in memory that another process can look at.
#ifndef EVOKE_STIMULUS_DISPLAY_SCREEN_MIRROR_BOARD_H_
#define EVOKE_STIMULUS_DISPLAY_SCREEN_MIRROR_BOARD_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/image.h"
#include "stimulus_display/screen/look.h"
#include "stimulus_display/screen/screen.h"

namespace evoke {

// What an operator sees: the latest frame, the images small.
struct MirrorView {
  int width = 0;  // of the screen
  int height = 0;
  uint8_t background = 0;
  bool patch_enabled = false;
  PixelRect patch;
  bool patch_white = false;
  PixelRect fixation;  // empty: none shown
  std::array<uint8_t, 3> fixation_rgb = {};
  int64_t stimuli = 0;  // shown so far, the present one included
  uint16_t code = 0;    // of the stimulus that is on; 0: none
  PixelRect where;      // the image's place; empty: none is on
  Image image;          // at most kMirrorSide pixels on a side
};

constexpr int kMirrorSide = 96;

// The mirror window is a process of its own, because two windows of one process share locks (of the
// window system's connection, of OpenGL), and then a slow window holds up the other. This memory is
// all that the two have in common. The refresh thread writes, and never waits: it only changes a
// version number before and after (a sequence lock with a single writer), by which a reader knows
// that it saw one state as a whole. All fields are gray levels and pixels before the gamma table.
class MirrorBoard {
 public:
  // RESOURCE_EXHAUSTED: no memory to share.
  static absl::StatusOr<std::shared_ptr<MirrorBoard>> Create();
  // The board of another process, by the descriptor that was inherited from it; the board closes
  // it. INVALID_ARGUMENT: that is no board.
  static absl::StatusOr<std::shared_ptr<MirrorBoard>> Attach(int descriptor);
  MirrorBoard(const MirrorBoard&) = delete;
  MirrorBoard& operator=(const MirrorBoard&) = delete;
  ~MirrorBoard();

  int descriptor() const { return descriptor_; }

  // The writer's, on one thread. Slots from kSlots on have no picture.
  static constexpr int kSlots = 64;
  void SetLook(const Look& look, const PixelRect& patch, const PixelRect& fixation, int width,
               int height);
  void SetImage(int slot, const Image& image);
  void SetFrame(const Frame& frame);

  // Any number of readers. Nothing if the writer was busy all along: try again later.
  std::optional<MirrorView> Read() const;

 private:
  struct Shared;
  MirrorBoard(int descriptor, Shared* shared) : descriptor_(descriptor), shared_(shared) {}
  void BeginWrite();
  void EndWrite();

  const int descriptor_;
  Shared* const shared_;
};

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_SCREEN_MIRROR_BOARD_H_
