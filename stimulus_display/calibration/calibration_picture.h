// The screen by which an operator sets a monitor up.
#ifndef EVOKE_STIMULUS_DISPLAY_CALIBRATION_CALIBRATION_PICTURE_H_
#define EVOKE_STIMULUS_DISPLAY_CALIBRATION_CALIBRATION_PICTURE_H_

#include "absl/status/statusor.h"
#include "common/image.h"

namespace evoke {

// A bank card by ISO/IEC 7810, ID-1.
constexpr double kCardWidthMm = 85.60;
constexpr double kCardHeightMm = 53.98;

// The width of the whole monitor on which a card is this many pixels wide.
double ScreenWidthCm(int card_width_pixels, int screen_width_pixels);
// The other way round, to the nearest pixel.
int CardWidthPixels(double screen_width_cm, int screen_width_pixels);

struct CalibrationPicture {
  int width = 0;  // of the picture, pixels
  int height = 0;
  int screen_width_pixels = 0;  // of the whole monitor
  int card_width = 0;           // of the card's outline
};

// From the back: a grid of squares of 50 pixels with the centre marked; the outermost pixels in
// white, which shows whether the monitor cuts the edges off; along the top, 17 gray levels and
// single-pixel lines beside the gray of the same mean on a linear screen (which look alike from
// afar if the gamma table is right); in the middle the outline of a bank card; below it what to do.
// INVALID_ARGUMENT: no pixels.
absl::StatusOr<Image> DrawCalibration(const CalibrationPicture& picture);

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_CALIBRATION_CALIBRATION_PICTURE_H_
