#include "stimulus_display/calibration/calibration_picture.h"

#include <algorithm>
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

constexpr uint8_t kBackground = 128;
constexpr uint8_t kGridGray = 96;
constexpr int kGrid = 50;
constexpr int kGrays = 17;
constexpr int kOutline = 3;  // pixels, outside of the card

// Clipped to the picture.
void Fill(Image* image, int x, int y, int width, int height, uint8_t gray) {
  for (int row = std::max(0, y); row < std::min(image->height, y + height); ++row) {
    const int left = std::clamp(x, 0, image->width);
    const int right = std::clamp(x + width, left, image->width);
    const auto start = (static_cast<ptrdiff_t>(row) * image->width + left) * 3;
    std::fill_n(image->rgb.begin() + start, static_cast<ptrdiff_t>(right - left) * 3, gray);
  }
}

void DrawFrame(Image* image, int x, int y, int width, int height, int thickness, uint8_t gray) {
  Fill(image, x - thickness, y - thickness, width + 2 * thickness, thickness, gray);
  Fill(image, x - thickness, y + height, width + 2 * thickness, thickness, gray);
  Fill(image, x - thickness, y, thickness, height, gray);
  Fill(image, x + width, y, thickness, height, gray);
}

// Lines run from the centre outwards, so that the centre is a crossing.
void DrawGrid(Image* image) {
  const int centre_x = image->width / 2;
  const int centre_y = image->height / 2;
  for (int x = centre_x % kGrid; x < image->width; x += kGrid) {
    Fill(image, x, 0, 1, image->height, kGridGray);
  }
  for (int y = centre_y % kGrid; y < image->height; y += kGrid) {
    Fill(image, 0, y, image->width, 1, kGridGray);
  }
  Fill(image, centre_x, 0, 1, image->height, 255);
  Fill(image, 0, centre_y, image->width, 1, 255);
  DrawFrame(image, 1, 1, image->width - 2, image->height - 2, 1, 255);
}

// The ramp, then black and white lines between two fields of half the light.
void DrawGrays(Image* image) {
  const int cell = image->width / (kGrays + 5);
  const int top = kGrid / 2;
  for (int i = 0; i < kGrays; ++i) {
    Fill(image, (i + 1) * cell, top, cell, cell,
         static_cast<uint8_t>(std::lround(i * 255.0 / (kGrays - 1))));
  }
  const int left = (kGrays + 1) * cell;
  Fill(image, left, top, 3 * cell, cell, 128);
  for (int y = top; y < top + cell; ++y) {
    Fill(image, left + cell, y, cell, 1, y % 2 == 0 ? 0 : 255);
  }
}

}  // namespace

double ScreenWidthCm(int card_width_pixels, int screen_width_pixels) {
  return kCardWidthMm / 10 * screen_width_pixels / card_width_pixels;
}

int CardWidthPixels(double screen_width_cm, int screen_width_pixels) {
  return static_cast<int>(std::lround(kCardWidthMm / 10 * screen_width_pixels / screen_width_cm));
}

absl::StatusOr<Image> DrawCalibration(const CalibrationPicture& picture) {
  if (picture.width <= 0 || picture.height <= 0 || picture.card_width <= 0) {
    return absl::InvalidArgumentError(
        absl::StrFormat("calibration screen of %dx%d pixels with a card of %d: give positive sizes",
                        picture.width, picture.height, picture.card_width));
  }
  Image image = UniformImage(picture.width, picture.height, kBackground);
  DrawGrid(&image);
  DrawGrays(&image);
  const int card_height =
      static_cast<int>(std::lround(picture.card_width * kCardHeightMm / kCardWidthMm));
  const int left = (picture.width - picture.card_width) / 2;
  const int top = (picture.height - card_height) / 2;
  Fill(&image, left, top, picture.card_width, card_height, kBackground);
  DrawFrame(&image, left, top, picture.card_width, card_height, kOutline, 255);

  const double size = std::clamp(picture.width / 45.0, 12.0, 26.0);
  const double middle = picture.width / 2.0;
  const std::string lines[] = {
      "Hold a bank card to the frame (85.60 x 53.98 mm).",
      "Arrows fit the frame to it (Shift: by ten). Return: done. Esc: leave.",
      absl::StrFormat("card %d pixels: the screen is %.2f cm wide, %.2f pixels per mm",
                      picture.card_width,
                      ScreenWidthCm(picture.card_width, picture.screen_width_pixels),
                      picture.card_width / kCardWidthMm)};
  double y = std::min(top + card_height + kOutline + 1.5 * size, picture.height - 4.5 * size);
  for (const std::string& line : lines) {
    Fill(&image, 0, static_cast<int>(y - size * 0.7), picture.width, static_cast<int>(size * 1.4),
         kBackground);
    EVOKE_RETURN_IF_ERROR(DrawLabel(line, middle, y, size, Color{255, 255, 255}, true, &image));
    y += size * 1.4;
  }
  return image;
}

}  // namespace evoke
