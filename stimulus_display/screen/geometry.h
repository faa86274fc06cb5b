// Where an image lands on the screen: sizes in pixels, or in degrees of visual angle.
#ifndef EVOKE_STIMULUS_DISPLAY_SCREEN_GEOMETRY_H_
#define EVOKE_STIMULUS_DISPLAY_SCREEN_GEOMETRY_H_

#include "absl/status/statusor.h"

namespace evoke {

// In pixels; x from the left, y from the top.
struct PixelRect {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
  friend bool operator==(const PixelRect&, const PixelRect&) = default;
};

// How the monitor stands before the animal. Needed for degrees only; 0 means unknown. Pixels are
// taken to be square, and the screen flat and at right angles to the line of sight at its centre.
struct ViewingGeometry {
  double screen_width_cm = 0;  // of the whole monitor
  double distance_cm = 0;      // from the eye to the centre of the screen
};

enum class SizeUnit { kPixels, kDegrees };

// The height follows from the image's aspect ratio.
struct Placement {
  SizeUnit unit = SizeUnit::kPixels;
  double width = 0;         // 0: one screen pixel for each image pixel
  double offset_right = 0;  // of the image's centre from the centre of the drawn area
  double offset_up = 0;
};

// The drawn area, and the width of the monitor that it is part of.
struct ScreenSize {
  int width = 0;
  int height = 0;
  int screen_width_pixels = 0;
};

// Pixels spanned by `deg` degrees centred on the line of sight: 2 d tan(deg / 2).
double SizeInPixels(double deg, const ViewingGeometry& viewing, int screen_width_pixels);
// Pixels from the line of sight to a point `deg` degrees away from it: d tan(deg).
double OffsetInPixels(double deg, const ViewingGeometry& viewing, int screen_width_pixels);

// The whole pixels that the image covers; sizes are at least one pixel. INVALID_ARGUMENT if degrees
// are asked for and the viewing geometry is unknown, if a number is negative or not finite, or if
// the image would not lie wholly on the screen: a clipped stimulus is another stimulus.
absl::StatusOr<PixelRect> PlaceImage(const Placement& placement, int image_width, int image_height,
                                     const ViewingGeometry& viewing, const ScreenSize& screen);

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_SCREEN_GEOMETRY_H_
