#include "stimulus_display/screen/gl_painter.h"

#include <GL/gl.h>
#include <GL/glext.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "absl/strings/str_format.h"
#include "common/status_macros.h"
#include "stimulus_display/screen/frame_code.h"
#include "stimulus_display/screen/mirror_board.h"

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

constexpr std::array<uint8_t, 3> kBlack = {0, 0, 0};
constexpr std::array<uint8_t, 3> kWhite = {255, 255, 255};

// The disc that touches the square's sides: in each row the pixels whose centres lie within.
std::vector<PixelRect> DiscRows(const PixelRect& square) {
  std::vector<PixelRect> rows;
  const double radius = square.width / 2.0;
  for (int i = 0; i < square.height; ++i) {
    const double up = i + 0.5 - radius;
    const double half = std::sqrt(radius * radius - up * up);
    const int left = static_cast<int>(std::ceil(radius - half - 0.5));
    rows.push_back({square.x + left, square.y + i, square.width - 2 * left, 1});
  }
  return rows;
}

}  // namespace

GlPainter::GlPainter(const PainterOptions& options) : options_(options) {
  const Look& look = options_.look;
  patch_ = PatchRect(look.patch, options_.width, options_.height);
  code_strip_ = FrameCodeRect(patch_);
  background_ = ThroughTable({look.background, look.background, look.background});
  fixation_rgb_ = ThroughTable(look.fixation.rgb);
}

GlPainter::GlPainter(GlPainter&& other) noexcept = default;

absl::StatusOr<GlPainter> GlPainter::Create(const PainterOptions& options) {
  GlPainter painter(options);
  if (options.look.fixation.enabled()) {
    EVOKE_ASSIGN_OR_RETURN(
        const PixelRect where,
        PlaceImage(options.look.fixation.placement, 1, 1, options.look.viewing,
                   {options.width, options.height, options.screen_width_pixels}));
    painter.fixation_ = where;
    painter.fixation_rows_ = DiscRows(where);
  }
  EVOKE_RETURN_IF_ERROR(painter.SetUp());
  if (options.look.mirror) {
    options.look.mirror->SetLook(options.look, painter.patch_, painter.fixation_, options.width,
                                 options.height);
  }
  return painter;
}

absl::Status GlPainter::SetUp() {
  glGetIntegerv(GL_MAX_TEXTURE_SIZE, &largest_texture_);
  const auto* version = reinterpret_cast<const char*>(glGetString(GL_VERSION));
  if (version == nullptr || version[0] < '2') {
    return absl::UnavailableError(
        absl::StrFormat("OpenGL %s: 2.0 or newer is needed; install the graphics driver, or Mesa's "
                        "software renderer (libgl1-mesa-dri)",
                        version == nullptr ? "(no version)" : version));
  }
  glViewport(0, 0, options_.width, options_.height);
  glMatrixMode(GL_PROJECTION);
  glLoadIdentity();
  glOrtho(0, options_.width, options_.height, 0, -1, 1);  // y from the top, as in PixelRect
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

  const Look& look = options_.look;
  const GLint filter = look.linear_filter ? GL_LINEAR : GL_NEAREST;
  const Rgb gray = {look.background, look.background, look.background};
  textures_.resize(static_cast<size_t>(options_.slots));
  for (Texture& texture : textures_) {
    glGenTextures(1, &texture.name);
    glBindTexture(GL_TEXTURE_2D, texture.name);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, filter);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, filter);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
    glTexImage2D(GL_TEXTURE_2D, 0, GL_RGB8, 1, 1, 0, GL_RGB, GL_UNSIGNED_BYTE, gray.data());
  }
  if (look.gamma.has_value()) {
    EVOKE_ASSIGN_OR_RETURN(gamma_, GammaShader::Create(*look.gamma));
  }
  if (look.capture) {
    EVOKE_ASSIGN_OR_RETURN(capture_,
                           GlCapture::Create(look.capture, options_.width, options_.height));
  }
  return CheckGl("setting up");
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
  if (options_.look.mirror) options_.look.mirror->SetImage(slot, image);
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
  if (capture_) capture_->Collect();
  const bool on = frame.slot != Frame::kNoImage;
  Fill({0, 0, options_.width, options_.height}, background_);
  if (on) DrawTexture(textures_[static_cast<size_t>(frame.slot)].name, frame.where);
  const Look& look = options_.look;
  if (on ? look.fixation.over : look.fixation.between) DrawFixation();
  if (look.patch.enabled) DrawPatch(frame.sync_patch);
  if (look.frame_code) DrawFrameCode(frame.code);
  if (look.mirror) look.mirror->SetFrame(frame);
  if (capture_ && on && !stimulus_drawn_) capture_->Begin(frame.code);
  stimulus_drawn_ = on;
  return absl::OkStatus();
}

void GlPainter::DrawEverythingOnce() {
  const PixelRect all = {0, 0, options_.width, options_.height};
  Fill(all, background_);
  for (const Texture& texture : textures_) DrawTexture(texture.name, all);
  DrawFixation();
  DrawPatch(false);
  DrawFrameCode(0);
  Fill(all, background_);
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

GlPainter::Rgb GlPainter::ThroughTable(const Rgb& wanted) const {
  if (!options_.look.gamma.has_value()) return wanted;
  const auto& table = options_.look.gamma->rgb;
  return {table[0][wanted[0]], table[1][wanted[1]], table[2][wanted[2]]};
}

void GlPainter::Fill(const PixelRect& rect, const Rgb& rgb) {
  glEnable(GL_SCISSOR_TEST);
  glScissor(rect.x, options_.height - rect.y - rect.height, rect.width, rect.height);
  glClearColor(static_cast<float>(rgb[0]) / 255.0f, static_cast<float>(rgb[1]) / 255.0f,
               static_cast<float>(rgb[2]) / 255.0f, 1.0f);
  glClear(GL_COLOR_BUFFER_BIT);
  glDisable(GL_SCISSOR_TEST);
}

void GlPainter::DrawTexture(unsigned texture, const PixelRect& where) {
  glBindTexture(GL_TEXTURE_2D, texture);
  if (gamma_) {
    gamma_->Begin();
  } else {
    glEnable(GL_TEXTURE_2D);
  }
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
  if (gamma_) {
    gamma_->End();
  } else {
    glDisable(GL_TEXTURE_2D);
  }
}

void GlPainter::DrawFixation() {
  for (const PixelRect& row : fixation_rows_) Fill(row, fixation_rgb_);
}

void GlPainter::DrawPatch(bool white) { Fill(patch_, white ? kWhite : kBlack); }

void GlPainter::DrawFrameCode(uint16_t code) {
  // From the patch on, so that the gap is black too.
  const int left = std::min(code_strip_.x, patch_.x + patch_.width);
  const int right = std::max(code_strip_.x + code_strip_.width, patch_.x);
  Fill({left, code_strip_.y, right - left, code_strip_.height}, kBlack);
  for (int bit = 0; bit < kFrameCodeBits; ++bit) {
    Fill(FrameCodeCell(code_strip_, bit, (code >> bit & 1) == 0), kWhite);
  }
}

}  // namespace evoke
