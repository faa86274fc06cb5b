#include "stimulus_display/screen/mirror_picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "common/figure/label.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

constexpr uint8_t kCaptionGray = 32;
constexpr double kTextSize = 18;

// Calls paint(pixel, u, v) for the pixels of a rectangle of the screen, with the place within it
// from 0 to 1. What is small on the screen stays at least a pixel.
template <typename Paint>
void ForEachPixel(const PixelRect& rect, double scale, int width, int height, Image* picture,
                  Paint paint) {
  const int left = static_cast<int>(std::floor(rect.x * scale));
  const int top = static_cast<int>(std::floor(rect.y * scale));
  const int columns = std::max(1, static_cast<int>(std::lround(rect.width * scale)));
  const int rows = std::max(1, static_cast<int>(std::lround(rect.height * scale)));
  for (int y = std::max(0, -top); y < rows && top + y < height; ++y) {
    for (int x = std::max(0, -left); x < columns && left + x < width; ++x) {
      const size_t at = (static_cast<size_t>(top + y) * static_cast<size_t>(width) +
                         static_cast<size_t>(left + x)) *
                        3;
      paint(&picture->rgb[at], (x + 0.5) / columns, (y + 0.5) / rows);
    }
  }
}

}  // namespace

absl::StatusOr<Image> DrawMirror(const MirrorView& view, int width) {
  if (view.width <= 0 || view.height <= 0 || width <= 0) {
    return absl::InvalidArgumentError(
        absl::StrFormat("a mirror %d pixels wide of a screen of %dx%d: wait for the screen to open",
                        width, view.width, view.height));
  }
  const double scale = width / static_cast<double>(view.width);
  const int height = std::max(1, static_cast<int>(std::lround(view.height * scale)));
  Image picture = UniformImage(width, height + kMirrorCaption, kCaptionGray);
  const auto all = static_cast<ptrdiff_t>(width) * height * 3;
  std::fill(picture.rgb.begin(), picture.rgb.begin() + all, view.background);
  if (view.where.width > 0 && view.image.valid()) {
    const Image& image = view.image;
    ForEachPixel(view.where, scale, width, height, &picture, [&](uint8_t* to, double u, double v) {
      const auto column = static_cast<size_t>(u * image.width);
      const auto row = static_cast<size_t>(v * image.height);
      const uint8_t* from = &image.rgb[(row * static_cast<size_t>(image.width) + column) * 3];
      std::copy(from, from + 3, to);
    });
  }
  if (view.fixation.width > 0) {
    ForEachPixel(view.fixation, scale, width, height, &picture,
                 [&](uint8_t* to, double u, double v) {
                   if (std::hypot(u - 0.5, v - 0.5) > 0.5) return;
                   std::copy(view.fixation_rgb.begin(), view.fixation_rgb.end(), to);
                 });
  }
  if (view.patch_enabled) {
    const uint8_t gray = view.patch_white ? 255 : 0;
    ForEachPixel(view.patch, scale, width, height, &picture,
                 [&](uint8_t* to, double, double) { std::fill(to, to + 3, gray); });
  }
  const std::string text = view.where.width > 0
                               ? absl::StrFormat("stimulus %d on, code %d", view.stimuli, view.code)
                               : absl::StrFormat("%d stimuli shown", view.stimuli);
  EVOKE_RETURN_IF_ERROR(DrawLabel(text, 8, height + kMirrorCaption / 2.0, kTextSize,
                                  Color{255, 255, 255}, false, &picture));
  return picture;
}

}  // namespace evoke
