// Sends every pixel of an image through a gamma table on its way to the screen.
#ifndef EVOKE_STIMULUS_DISPLAY_SCREEN_GAMMA_SHADER_H_
#define EVOKE_STIMULUS_DISPLAY_SCREEN_GAMMA_SHADER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "stimulus_display/screen/gamma_table.h"

namespace evoke {

// The image stays on the graphics card as it came: no upload takes longer, and an image that is
// scaled smoothly is interpolated in levels wanted, i.e. in light, before the table. Every call,
// the destructor included, needs the OpenGL context in which the shader was made.
class GammaShader {
 public:
  // UNAVAILABLE, with the driver's words: it cannot compile the shader.
  static absl::StatusOr<std::unique_ptr<GammaShader>> Create(const GammaTable& table);
  GammaShader(const GammaShader&) = delete;
  GammaShader& operator=(const GammaShader&) = delete;
  ~GammaShader();

  // What is drawn with a texture between Begin() and End() goes through the table.
  void Begin() const;
  void End() const;

 private:
  GammaShader() = default;
  unsigned program_ = 0;
  unsigned table_ = 0;  // a texture of 256 x 1
};

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_SCREEN_GAMMA_SHADER_H_
