// A picture to draw lines, areas and text on. Internal to this folder.
#ifndef EVOKE_COMMON_FIGURE_CANVAS_H_
#define EVOKE_COMMON_FIGURE_CANVAS_H_

#include <string>
#include <vector>

#include "common/figure/color.h"
#include "common/figure/text.h"
#include "common/image.h"
#include "opencv2/core.hpp"

namespace evoke {

// Pixels of the finished picture, from its top left corner: pixel (c, r) covers [c, c + 1) x
// [r, r + 1).
struct PixelPoint {
  double x = 0;
  double y = 0;
};

enum class Marker { kCircle, kSquare, kTriangle, kDiamond };

// Everything is anti-aliased, and drawn at twice the size and scaled down by Finish(). Things drawn
// outside of the picture are cut off. May throw cv::Exception: callers use GuardOpenCv.
// Not thread-safe.
class Canvas {
 public:
  // White.
  Canvas(int width, int height);

  void DrawPolyline(const std::vector<PixelPoint>& points, Color color, double thickness,
                    bool dashed = false);
  void DrawLine(PixelPoint from, PixelPoint to, Color color, double thickness) {
    DrawPolyline({from, to}, color, thickness);
  }
  // opacity 1 hides what was there.
  void FillPolygon(const std::vector<PixelPoint>& points, Color color, double opacity = 1);
  void FillRectangle(PixelPoint top_left, PixelPoint bottom_right, Color color, double opacity = 1);
  // Filled; a thin white rim sets it off from the line under it.
  void DrawMarker(PixelPoint center, Marker marker, Color color, double diameter, bool rim);
  void DrawText(PixelPoint at, const std::string& text, const TextStyle& style);

  Image Finish() const;

 private:
  cv::Mat rgb_;
};

}  // namespace evoke

#endif  // EVOKE_COMMON_FIGURE_CANVAS_H_
