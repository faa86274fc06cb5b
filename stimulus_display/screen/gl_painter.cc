#include "stimulus_display/screen/gl_painter.h"

#include <GL/gl.h>
#include <GL/glext.h>

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_format.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

absl::Status CheckGl(const char* what) {
  const GLenum error = glGetError();
  if (error == GL_NO_ERROR) return absl::OkStatus();
  while (glGetError() != GL_NO_ERROR) {
  }
  return absl::InternalError(absl::StrFormat(
      "OpenGL error 0x%04x while %s: check the graphics driver (glxinfo -B)", error, what));
}

}  // namespace

PixelRect PatchRect(const SyncPatch& patch, int width, int height) {
  const bool left = patch.corner == Corner::kTopLeft || patch.corner == Corner::kBottomLeft;
  const bool top = patch.corner == Corner::kTopLeft || patch.corner == Corner::kTopRight;
  const int size = std::min({patch.size_pixels, width, height});
  return {left ? 0 : width - size, top ? 0 : height - size, size, size};
}

absl::StatusOr<GlPainter> GlPainter::Create(const PainterOptions& options) {
  GlPainter painter(options);
  glGetIntegerv(GL_MAX_TEXTURE_SIZE, &painter.largest_texture_);
  const auto* version = reinterpret_cast<const char*>(glGetString(GL_VERSION));
  if (version == nullptr || version[0] < '2') {
    return absl::UnavailableError(
        absl::StrFormat("OpenGL %s: 2.0 or newer is needed; install the graphics driver, or Mesa's "
                        "software renderer (libgl1-mesa-dri)",
                        version == nullptr ? "(no version)" : version));
  }
  glViewport(0, 0, options.width, options.height);
  glMatrixMode(GL_PROJECTION);
  glLoadIdentity();
  glOrtho(0, options.width, options.height, 0, -1, 1);  // y from the top, as in PixelRect
  glMatrixMode(GL_MODELVIEW);
  glLoadIdentity();
  // Whatever would change a pixel value on its way.
  glDisable(GL_DITHER);
  glDisable(GL_BLEND);
  glDisable(GL_DEPTH_TEST);
  glDisable(GL_LIGHTING);
  glDisable(GL_FRAMEBUFFER_SRGB);
  glTexEnvi(GL_TEXTURE_ENV, GL_TEXTURE_ENV_MODE, GL_REPLACE);
  glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
  glPixelStorei(GL_PACK_ALIGNMENT, 1);

  const GLint filter = options.linear_filter ? GL_LINEAR : GL_NEAREST;
  const uint8_t gray[3] = {options.background, options.background, options.background};
  painter.textures_.resize(static_cast<size_t>(options.slots));
  for (Texture& texture : painter.textures_) {
    glGenTextures(1, &texture.name);
    glBindTexture(GL_TEXTURE_2D, texture.name);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, filter);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, filter);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
    glTexImage2D(GL_TEXTURE_2D, 0, GL_RGB8, 1, 1, 0, GL_RGB, GL_UNSIGNED_BYTE, gray);
  }
  EVOKE_RETURN_IF_ERROR(CheckGl("setting up"));
  return painter;
}

GlPainter::~GlPainter() {
  for (const Texture& texture : textures_) glDeleteTextures(1, &texture.name);
}

absl::Status GlPainter::Upload(int slot, const Image& image) {
  if (slot < 0 || slot >= options_.slots) {
    return absl::InvalidArgumentError(
        absl::StrFormat("image slot %d: slots are 0..%d", slot, options_.slots - 1));
  }
  if (!image.valid()) {
    return absl::InvalidArgumentError(
        absl::StrFormat("image of %dx%d pixels with %d bytes: width x height x 3 bytes are needed",
                        image.width, image.height, image.rgb.size()));
  }
  if (image.width > largest_texture_ || image.height > largest_texture_) {
    return absl::InvalidArgumentError(
        absl::StrFormat("image of %dx%d pixels: this graphics card takes %d at most on a side",
                        image.width, image.height, largest_texture_));
  }
  Texture& texture = textures_[static_cast<size_t>(slot)];
  glBindTexture(GL_TEXTURE_2D, texture.name);
  if (texture.width == image.width && texture.height == image.height) {
    glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, image.width, image.height, GL_RGB, GL_UNSIGNED_BYTE,
                    image.rgb.data());
  } else {
    glTexImage2D(GL_TEXTURE_2D, 0, GL_RGB8, image.width, image.height, 0, GL_RGB, GL_UNSIGNED_BYTE,
                 image.rgb.data());
  }
  glFinish();  // an upload that is still on its way would delay the onset
  if (absl::Status status = CheckGl("uploading an image"); !status.ok()) {
    texture.width = texture.height = 0;
    return status;
  }
  texture.width = image.width;
  texture.height = image.height;
  return absl::OkStatus();
}

absl::Status GlPainter::Draw(const Frame& frame) {
  if (frame.slot != Frame::kNoImage) {
    if (frame.slot < 0 || frame.slot >= options_.slots ||
        textures_[static_cast<size_t>(frame.slot)].width == 0) {
      return absl::FailedPreconditionError(
          absl::StrFormat("image slot %d holds no image: upload one first", frame.slot));
    }
  }
  Fill({0, 0, options_.width, options_.height}, options_.background);
  if (frame.slot != Frame::kNoImage) {
    DrawTexture(textures_[static_cast<size_t>(frame.slot)].name, frame.where);
  }
  if (options_.patch.enabled) {
    Fill(PatchRect(options_.patch, options_.width, options_.height), frame.sync_patch ? 255 : 0);
  }
  return absl::OkStatus();
}

void GlPainter::DrawEverythingOnce() {
  const PixelRect all = {0, 0, options_.width, options_.height};
  Fill(all, options_.background);
  for (const Texture& texture : textures_) DrawTexture(texture.name, all);
  Fill(PatchRect(options_.patch, options_.width, options_.height), 0);
  Fill(all, options_.background);
}

absl::StatusOr<Image> GlPainter::ReadBack() {
  Image image = UniformImage(options_.width, options_.height, 0);
  glReadPixels(0, 0, image.width, image.height, GL_RGB, GL_UNSIGNED_BYTE, image.rgb.data());
  EVOKE_RETURN_IF_ERROR(CheckGl("reading the screen"));
  // OpenGL's rows start at the bottom.
  const auto row = static_cast<ptrdiff_t>(image.width) * 3;
  for (int y = 0; y < image.height / 2; ++y) {
    std::swap_ranges(image.rgb.begin() + y * row, image.rgb.begin() + (y + 1) * row,
                     image.rgb.begin() + (image.height - 1 - y) * row);
  }
  return image;
}

void GlPainter::Fill(const PixelRect& rect, uint8_t gray) {
  const float value = static_cast<float>(gray) / 255.0f;
  glEnable(GL_SCISSOR_TEST);
  glScissor(rect.x, options_.height - rect.y - rect.height, rect.width, rect.height);
  glClearColor(value, value, value, 1.0f);
  glClear(GL_COLOR_BUFFER_BIT);
  glDisable(GL_SCISSOR_TEST);
}

void GlPainter::DrawTexture(unsigned texture, const PixelRect& where) {
  glEnable(GL_TEXTURE_2D);
  glBindTexture(GL_TEXTURE_2D, texture);
  glBegin(GL_QUADS);
  glTexCoord2i(0, 0);
  glVertex2i(where.x, where.y);
  glTexCoord2i(1, 0);
  glVertex2i(where.x + where.width, where.y);
  glTexCoord2i(1, 1);
  glVertex2i(where.x + where.width, where.y + where.height);
  glTexCoord2i(0, 1);
  glVertex2i(where.x, where.y + where.height);
  glEnd();
  glDisable(GL_TEXTURE_2D);
}

}  // namespace evoke
