// Draws frames with OpenGL: the background, one textured rectangle, and the sync patch.
#ifndef EVOKE_STIMULUS_DISPLAY_SCREEN_GL_PAINTER_H_
#define EVOKE_STIMULUS_DISPLAY_SCREEN_GL_PAINTER_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/image.h"
#include "stimulus_display/screen/screen.h"

namespace evoke {

enum class Corner { kTopLeft, kTopRight, kBottomLeft, kBottomRight };

// The square that a photodiode looks at.
struct SyncPatch {
  bool enabled = true;
  Corner corner = Corner::kBottomLeft;
  int size_pixels = 64;
};

// The pixels of the patch on a drawn area of this size.
PixelRect PatchRect(const SyncPatch& patch, int width, int height);

struct PainterOptions {
  int width = 0;  // of the drawn area, in pixels
  int height = 0;
  int slots = 8;
  uint8_t background = 128;    // gray, 0 to 255
  bool linear_filter = false;  // nearest otherwise
  SyncPatch patch;
};

// Fixed-function OpenGL 1.2 and textures of any size (2.0): nothing here needs more, and it is
// exact to the bit for images drawn at their own size. Every call, the destructor included, needs
// the context in which the painter was made to be current.
class GlPainter {
 public:
  // UNAVAILABLE if the context cannot do what is needed.
  static absl::StatusOr<GlPainter> Create(const PainterOptions& options);
  GlPainter(GlPainter&& other) noexcept = default;
  GlPainter& operator=(GlPainter&&) = delete;
  ~GlPainter();

  // As Screen::Upload.
  absl::Status Upload(int slot, const Image& image);
  // Draws into the back buffer. As Screen::Show, without the swap.
  absl::Status Draw(const Frame& frame);
  // Draws with the texture of every slot, filled or not: the first use of a texture or of a state
  // compiles shaders, which was seen to take seconds.
  void DrawEverythingOnce();
  // What Draw() drew since the last swap. The front buffer cannot be read everywhere: Mesa's
  // software renderer answers with black, and EGL has no such buffer.
  absl::StatusOr<Image> ReadBack();

 private:
  explicit GlPainter(const PainterOptions& options) : options_(options) {}
  void Fill(const PixelRect& rect, uint8_t gray);
  void DrawTexture(unsigned texture, const PixelRect& where);

  struct Texture {
    unsigned name = 0;
    int width = 0;  // 0 until the first upload
    int height = 0;
  };
  PainterOptions options_;
  int largest_texture_ = 0;
  std::vector<Texture> textures_;
};

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_SCREEN_GL_PAINTER_H_
