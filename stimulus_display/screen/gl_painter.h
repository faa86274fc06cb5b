// Draws frames with OpenGL: the background, one textured rectangle, and what the look adds.
#ifndef EVOKE_STIMULUS_DISPLAY_SCREEN_GL_PAINTER_H_
#define EVOKE_STIMULUS_DISPLAY_SCREEN_GL_PAINTER_H_

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/image.h"
#include "stimulus_display/screen/gamma_shader.h"
#include "stimulus_display/screen/gl_capture.h"
#include "stimulus_display/screen/look.h"
#include "stimulus_display/screen/screen.h"

namespace evoke {

struct PainterOptions {
  int width = 0;  // of the drawn area, in pixels
  int height = 0;
  int screen_width_pixels = 0;  // of the monitor; needed for a fixation in degrees
  int slots = 8;
  Look look;
};

// Fixed-function OpenGL 1.2 and textures of any size (2.0): nothing here needs more but the gamma
// table (a shader) and the capture (2.1), and it is exact to the bit for images drawn at their own
// size. Every call, the destructor included, needs the context in which the painter was made to be
// current.
class GlPainter {
 public:
  // UNAVAILABLE if the context cannot do what is needed. The look has passed CheckLook().
  static absl::StatusOr<GlPainter> Create(const PainterOptions& options);
  GlPainter(GlPainter&& other) noexcept;
  GlPainter& operator=(GlPainter&&) = delete;
  ~GlPainter();

  // As Screen::Upload.
  absl::Status Upload(int slot, const Image& image);
  // Draws into the back buffer. As Screen::Show, without the swap. From top to bottom: frame code
  // and patch, fixation, image, background.
  absl::Status Draw(const Frame& frame);
  // Draws with the texture of every slot, filled or not: the first use of a texture or of a state
  // compiles shaders, which was seen to take seconds.
  void DrawEverythingOnce();
  // What Draw() drew since the last swap. The front buffer cannot be read everywhere: Mesa's
  // software renderer answers with black, and EGL has no such buffer.
  absl::StatusOr<Image> ReadBack();

 private:
  using Rgb = std::array<uint8_t, 3>;  // as the monitor gets it

  explicit GlPainter(const PainterOptions& options);
  absl::Status SetUp();
  Rgb ThroughTable(const Rgb& wanted) const;
  void Fill(const PixelRect& rect, const Rgb& rgb);
  void DrawTexture(unsigned texture, const PixelRect& where);
  void DrawFixation();
  void DrawPatch(bool white);
  void DrawFrameCode(uint16_t code);

  struct Texture {
    unsigned name = 0;
    int width = 0;  // 0 until the first upload
    int height = 0;
  };
  PainterOptions options_;
  PixelRect patch_;
  PixelRect code_strip_;
  PixelRect fixation_;
  std::vector<PixelRect> fixation_rows_;  // the disc, one rectangle for each row of pixels
  Rgb background_ = {};
  Rgb fixation_rgb_ = {};
  int largest_texture_ = 0;
  std::vector<Texture> textures_;
  std::unique_ptr<GammaShader> gamma_;  // null without a table
  std::unique_ptr<GlCapture> capture_;  // null without capture
  bool stimulus_drawn_ = false;         // by the last Draw()
};

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_SCREEN_GL_PAINTER_H_
