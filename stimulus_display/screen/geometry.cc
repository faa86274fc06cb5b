#include "stimulus_display/screen/geometry.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"

namespace evoke {
namespace {

double Radians(double deg) { return deg * std::numbers::pi / 180.0; }

double PixelsPerCm(const ViewingGeometry& viewing, int screen_width_pixels) {
  return screen_width_pixels / viewing.screen_width_cm;
}

bool Known(double cm) { return std::isfinite(cm) && cm > 0; }

}  // namespace

double SizeInPixels(double deg, const ViewingGeometry& viewing, int screen_width_pixels) {
  return 2 * viewing.distance_cm * std::tan(Radians(deg) / 2) *
         PixelsPerCm(viewing, screen_width_pixels);
}

double OffsetInPixels(double deg, const ViewingGeometry& viewing, int screen_width_pixels) {
  return viewing.distance_cm * std::tan(Radians(deg)) * PixelsPerCm(viewing, screen_width_pixels);
}

absl::StatusOr<PixelRect> PlaceImage(const Placement& placement, int image_width, int image_height,
                                     const ViewingGeometry& viewing, const ScreenSize& screen) {
  if (image_width <= 0 || image_height <= 0) {
    return absl::InvalidArgumentError(
        absl::StrFormat("image of %dx%d pixels: give one with pixels", image_width, image_height));
  }
  if (!std::isfinite(placement.width) || placement.width < 0 ||
      !std::isfinite(placement.offset_right) || !std::isfinite(placement.offset_up)) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "stimulus width %g and offset (%g, %g): give finite numbers, and a width of 0 or more",
        placement.width, placement.offset_right, placement.offset_up));
  }
  double width = placement.width;
  double right = placement.offset_right;
  double up = placement.offset_up;
  if (placement.unit == SizeUnit::kDegrees) {
    if (!Known(viewing.screen_width_cm) || !Known(viewing.distance_cm)) {
      return absl::InvalidArgumentError(
          "a stimulus size or position in degrees needs the width of the screen and the viewing "
          "distance: give both in cm, or use pixels");
    }
    // At 90 degrees from the line of sight a flat screen has no point left.
    if (width >= 180 || std::abs(right) >= 90 || std::abs(up) >= 90) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "stimulus width %g and offset (%g, %g) degrees: no flat screen reaches that far", width,
          right, up));
    }
    width = SizeInPixels(width, viewing, screen.screen_width_pixels);
    right = OffsetInPixels(right, viewing, screen.screen_width_pixels);
    up = OffsetInPixels(up, viewing, screen.screen_width_pixels);
  }
  if (placement.width == 0) width = image_width;
  const double height = width * image_height / image_width;
  const double left = screen.width / 2.0 + right - width / 2;
  const double top = screen.height / 2.0 - up - height / 2;
  // Compared before rounding to int: a double out of int's range must not be cast.
  if (left < -0.5 || top < -0.5 || left + width > screen.width + 0.5 ||
      top + height > screen.height + 0.5) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "a stimulus of %.0fx%.0f pixels, %.0f right of and %.0f above the centre, does not fit on "
        "%dx%d pixels: make it smaller or move it",
        width, height, right, up, screen.width, screen.height));
  }
  PixelRect rect;
  rect.width = std::clamp(static_cast<int>(std::lround(width)), 1, screen.width);
  rect.height = std::clamp(static_cast<int>(std::lround(height)), 1, screen.height);
  rect.x = std::clamp(static_cast<int>(std::floor(left + 0.5)), 0, screen.width - rect.width);
  rect.y = std::clamp(static_cast<int>(std::floor(top + 0.5)), 0, screen.height - rect.height);
  return rect;
}

}  // namespace evoke
