// What all plots have in common: their words, their size, and where data lie in the picture.
#ifndef EVOKE_COMMON_FIGURE_PLOT_FRAME_H_
#define EVOKE_COMMON_FIGURE_PLOT_FRAME_H_

#include <string>

#include "common/figure/ticks.h"

namespace evoke {

struct PlotOptions {
  std::string title;
  std::string x_label;
  std::string y_label;
  int width = 1200;  // pixels, 320 to 8192; text grows with the picture
  int height = 800;
  bool y_from_zero = false;  // let the y axis include zero
};

// The data area of a plot in pixels from the top left corner of the picture. Pixel (column, row)
// covers [column, column + 1) x [row, row + 1), so that floor() of a position names its pixel.
struct PlotFrame {
  double left = 0;
  double top = 0;
  double right = 0;
  double bottom = 0;
  Axis x;
  Axis y;

  double PixelX(double value) const {
    return left + (value - x.min) / (x.max - x.min) * (right - left);
  }
  double PixelY(double value) const {
    return bottom - (value - y.min) / (y.max - y.min) * (bottom - top);
  }
};

}  // namespace evoke

#endif  // EVOKE_COMMON_FIGURE_PLOT_FRAME_H_
