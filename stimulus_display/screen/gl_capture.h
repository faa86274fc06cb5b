// Copies what was drawn out of the graphics card without waiting for it.
#ifndef EVOKE_STIMULUS_DISPLAY_SCREEN_GL_CAPTURE_H_
#define EVOKE_STIMULUS_DISPLAY_SCREEN_GL_CAPTURE_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "stimulus_display/screen/frame_capture.h"

namespace evoke {

// A pixel buffer of OpenGL 2.1: the card copies into it behind the drawing of a stimulus' first
// frame, and Collect(), one refresh later, takes the copy over. What it still costs the refresh
// thread is the copying of width x height x 4 bytes in Collect(), and on a software renderer the
// reading itself. Every call, the destructor included, needs the OpenGL context of Create().
class GlCapture {
 public:
  // UNAVAILABLE: the context knows no pixel buffers.
  static absl::StatusOr<std::unique_ptr<GlCapture>> Create(std::shared_ptr<FrameCapture> capture,
                                                           int width, int height);
  GlCapture(const GlCapture&) = delete;
  GlCapture& operator=(const GlCapture&) = delete;
  ~GlCapture();

  // Of what is in the back buffer, before the swap.
  void Begin(uint16_t code);
  // Hands over what was begun; nothing if nothing was. At the latest before the next Begin().
  void Collect();

 private:
  GlCapture(std::shared_ptr<FrameCapture> capture, int width, int height)
      : capture_(std::move(capture)), width_(width), height_(height) {}

  const std::shared_ptr<FrameCapture> capture_;
  const int width_;
  const int height_;
  unsigned buffer_ = 0;
  CapturedFrame* begun_ = nullptr;
};

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_SCREEN_GL_CAPTURE_H_
