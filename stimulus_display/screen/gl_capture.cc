#include "stimulus_display/screen/gl_capture.h"

#define GL_GLEXT_PROTOTYPES
#include <GL/gl.h>
#include <GL/glext.h>

#include <cstring>
#include <ctime>
#include <utility>

#include "absl/strings/str_format.h"

namespace evoke {

absl::StatusOr<std::unique_ptr<GlCapture>> GlCapture::Create(std::shared_ptr<FrameCapture> capture,
                                                             int width, int height) {
  std::unique_ptr<GlCapture> made(new GlCapture(std::move(capture), width, height));
  glGenBuffers(1, &made->buffer_);
  glBindBuffer(GL_PIXEL_PACK_BUFFER, made->buffer_);
  glBufferData(GL_PIXEL_PACK_BUFFER, GLsizeiptr{width} * height * 4, nullptr, GL_STREAM_READ);
  glBindBuffer(GL_PIXEL_PACK_BUFFER, 0);
  if (const GLenum error = glGetError(); error != GL_NO_ERROR) {
    return absl::UnavailableError(
        absl::StrFormat("frame capture needs pixel buffers of OpenGL 2.1 (error 0x%04x): update "
                        "the graphics driver, or show without capture",
                        error));
  }
  made->capture_->Reserve(width, height);
  return made;
}

GlCapture::~GlCapture() {
  Collect();
  if (buffer_ != 0) glDeleteBuffers(1, &buffer_);
}

void GlCapture::Begin(uint16_t code) {
  begun_ = capture_->Take();
  if (begun_ == nullptr) return;
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  begun_->code = code;
  begun_->drawn_nanos = int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
  glBindBuffer(GL_PIXEL_PACK_BUFFER, buffer_);
  glReadPixels(0, 0, width_, height_, GL_BGRA, GL_UNSIGNED_BYTE, nullptr);
  glBindBuffer(GL_PIXEL_PACK_BUFFER, 0);
}

void GlCapture::Collect() {
  if (begun_ == nullptr) return;
  glBindBuffer(GL_PIXEL_PACK_BUFFER, buffer_);
  const void* pixels = glMapBuffer(GL_PIXEL_PACK_BUFFER, GL_READ_ONLY);
  if (pixels != nullptr) std::memcpy(begun_->bgrx.data(), pixels, begun_->bgrx.size());
  // False if the card lost the buffer meanwhile (a change of mode): then it is no picture.
  const bool whole = pixels != nullptr && glUnmapBuffer(GL_PIXEL_PACK_BUFFER) == GL_TRUE;
  glBindBuffer(GL_PIXEL_PACK_BUFFER, 0);
  begun_ = nullptr;
  if (whole) {
    capture_->Give();
  } else {
    capture_->Lose();
  }
}

}  // namespace evoke
