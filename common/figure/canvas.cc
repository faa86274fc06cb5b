#include "common/figure/canvas.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "opencv2/imgproc.hpp"

namespace evoke {
namespace {

constexpr int kSupersample = 2;
constexpr int kFractionBits = 6;  // of the coordinates that OpenCV takes

cv::Scalar ToScalar(Color color) { return {1.0 * color.red, 1.0 * color.green, 1.0 * color.blue}; }

// OpenCV's whole coordinates are middles of pixels, ours are their edges.
int ToFixed(double value) {
  return static_cast<int>(std::lround((value * kSupersample - 0.5) * (1 << kFractionBits)));
}

std::vector<cv::Point> ToFixed(const std::vector<PixelPoint>& points) {
  std::vector<cv::Point> fixed;
  fixed.reserve(points.size());
  for (const PixelPoint& p : points) fixed.emplace_back(ToFixed(p.x), ToFixed(p.y));
  return fixed;
}

// The pieces of the polyline that a pen draws which is down for `on` pixels and up for `off`.
std::vector<std::vector<PixelPoint>> Dashes(const std::vector<PixelPoint>& points, double on,
                                            double off) {
  std::vector<std::vector<PixelPoint>> dashes;
  if (points.empty()) return dashes;
  dashes.push_back({points.front()});
  bool down = true;
  double left = on;
  for (size_t i = 1; i < points.size(); ++i) {
    PixelPoint at = points[i - 1];
    double length = std::hypot(points[i].x - at.x, points[i].y - at.y);
    while (length > left) {
      const double share = left / length;
      at = {at.x + (points[i].x - at.x) * share, at.y + (points[i].y - at.y) * share};
      length -= left;
      if (down) {
        dashes.back().push_back(at);
      } else {
        dashes.push_back({at});
      }
      down = !down;
      left = down ? on : off;
    }
    left -= length;
    if (down) dashes.back().push_back(points[i]);
  }
  return dashes;
}

std::vector<PixelPoint> Outline(PixelPoint center, Marker marker, double radius) {
  // Radii that give all shapes about the same area.
  int corners = 48;
  double turn = 0;
  if (marker == Marker::kSquare) {
    corners = 4;
    turn = std::numbers::pi / 4;
    radius *= 1.25;
  } else if (marker == Marker::kDiamond) {
    corners = 4;
    radius *= 1.25;
  } else if (marker == Marker::kTriangle) {
    corners = 3;
    turn = -std::numbers::pi / 2;
    radius *= 1.4;
  }
  std::vector<PixelPoint> outline;
  for (int i = 0; i < corners; ++i) {
    const double angle = turn + 2 * std::numbers::pi * i / corners;
    outline.push_back({center.x + radius * std::cos(angle), center.y + radius * std::sin(angle)});
  }
  return outline;
}

}  // namespace

Canvas::Canvas(int width, int height)
    : rgb_(height * kSupersample, width * kSupersample, CV_8UC3, ToScalar(kWhite)) {}

void Canvas::DrawPolyline(const std::vector<PixelPoint>& points, Color color, double thickness,
                          bool dashed) {
  const int width = std::max(1, static_cast<int>(std::lround(thickness * kSupersample)));
  const auto draw = [&](const std::vector<PixelPoint>& piece) {
    cv::polylines(rgb_, std::vector<std::vector<cv::Point>>{ToFixed(piece)}, false, ToScalar(color),
                  width, cv::LINE_AA, kFractionBits);
  };
  if (!dashed) return draw(points);
  // OpenCV rounds the ends, which makes each dash longer by the thickness.
  for (const auto& dash : Dashes(points, 3 * thickness, 3.2 * thickness)) draw(dash);
}

void Canvas::FillPolygon(const std::vector<PixelPoint>& points, Color color, double opacity) {
  const std::vector<std::vector<cv::Point>> fixed = {ToFixed(points)};
  if (opacity >= 1) {
    cv::fillPoly(rgb_, fixed, ToScalar(color), cv::LINE_AA, kFractionBits);
    return;
  }
  cv::Mat covered = rgb_.clone();
  cv::fillPoly(covered, fixed, ToScalar(color), cv::LINE_AA, kFractionBits);
  cv::addWeighted(covered, opacity, rgb_, 1 - opacity, 0, rgb_);
}

void Canvas::FillRectangle(PixelPoint top_left, PixelPoint bottom_right, Color color,
                           double opacity) {
  FillPolygon({top_left, {bottom_right.x, top_left.y}, bottom_right, {top_left.x, bottom_right.y}},
              color, opacity);
}

void Canvas::DrawMarker(PixelPoint center, Marker marker, Color color, double diameter, bool rim) {
  const double around = std::max(1.0, diameter * 0.12);
  if (rim) FillPolygon(Outline(center, marker, diameter / 2 + around), kWhite);
  FillPolygon(Outline(center, marker, diameter / 2), color);
}

void Canvas::DrawText(PixelPoint at, const std::string& text, const TextStyle& style) {
  evoke::DrawText(at.x, at.y, text, style, kSupersample, &rgb_);
}

Image Canvas::Finish() const {
  Image image{rgb_.cols / kSupersample, rgb_.rows / kSupersample, {}};
  image.rgb.resize(static_cast<size_t>(image.width) * image.height * 3);
  cv::Mat out(image.height, image.width, CV_8UC3, image.rgb.data());
  cv::resize(rgb_, out, out.size(), 0, 0, cv::INTER_AREA);
  return image;
}

}  // namespace evoke
