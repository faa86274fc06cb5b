#include "common/figure/point_chart.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/figure/axes.h"
#include "common/figure/canvas.h"
#include "common/figure/opencv_guard.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

constexpr size_t kMaxPoints = 40;
constexpr size_t kMaxColors = 6;  // black would hide errors, yellow is hard to see
constexpr double kErrorThickness = 2.6;
constexpr double kErrorCap = 11;  // half of its width
constexpr double kMarkerSize = 20;
constexpr double kBarShare = 0.56;  // of a place's width

absl::Status CheckAll(absl::Span<const ChartPoint> points, const PlotOptions& options) {
  EVOKE_RETURN_IF_ERROR(CheckOptions(options));
  if (points.empty() || points.size() > kMaxPoints) {
    return absl::InvalidArgumentError(absl::StrCat(
        "chart '", options.title, "' has ", points.size(), " points: give 1 to ", kMaxPoints));
  }
  for (const ChartPoint& point : points) {
    const std::string name =
        absl::StrCat("chart '", options.title, "', point '", point.label, "': ");
    EVOKE_RETURN_IF_ERROR(CheckNumber(point.value, name + "value"));
    EVOKE_RETURN_IF_ERROR(CheckNumber(point.low, name + "low"));
    EVOKE_RETURN_IF_ERROR(CheckNumber(point.high, name + "high"));
    if (point.low > point.high) {
      return absl::InvalidArgumentError(absl::StrCat(
          name, "low = ", point.low, " is above high = ", point.high, ": exchange them"));
    }
  }
  return absl::OkStatus();
}

struct Layout {
  PlotFrame frame;
  double place = 0;                              // width of a point's place in pixels
  TextStyle label;                               // of the words under the axis
  std::vector<std::vector<std::string>> labels;  // lines; one each where they read upwards
  double labels_height = 0;
  int decimals = 0;       // of the values
  double value_size = 0;  // of their text; 0 where there is no room for readable ones
};

// Lines of each label that fit its place; false if they don't in this style.
bool WrapLabels(absl::Span<const ChartPoint> points, const TextStyle& style, double room,
                std::vector<std::vector<std::string>>* labels) {
  labels->clear();
  for (const ChartPoint& point : points) {
    labels->push_back(WrapText(point.label, style, room));
    if (labels->back().size() > 3) return false;
    for (const std::string& line : labels->back()) {
      if (TextWidth(line, style) > room) return false;
    }
  }
  return true;
}

// Upright and in a readable size if they fit their places, else upwards.
void FitLabels(absl::Span<const ChartPoint> points, const PlotOptions& options, Layout* layout) {
  const double unit = PlotUnit(options);
  const double room = layout->place * 0.92;
  layout->label = TickStyle(unit);
  for (const double size : {1.0, 0.9, 0.8}) {
    layout->label.size = TickStyle(unit).size * size;
    if (!WrapLabels(points, layout->label, room, &layout->labels)) continue;
    size_t lines = 1;
    for (const auto& label : layout->labels) lines = std::max(lines, label.size());
    layout->labels_height = static_cast<double>(lines) * layout->label.size;
    return;
  }
  layout->label.upward = true;
  layout->label.size = std::min(layout->label.size, layout->place);
  layout->labels.clear();
  layout->labels_height = 0;
  for (const ChartPoint& point : points) {
    layout->labels.push_back({ElideText(point.label, layout->label, options.height * 0.4)});
    layout->labels_height =
        std::max(layout->labels_height, TextWidth(layout->labels.back()[0], layout->label));
  }
}

std::string ValueLabel(double value, int decimals) {
  const double size = std::abs(value);
  if (size >= 1e7 || (size > 0 && size < 1e-5)) return absl::StrFormat("%.3g", value);
  return absl::StrFormat("%.*f", decimals, value);
}

Layout LayOut(absl::Span<const ChartPoint> points, ChartShape shape, const PlotOptions& options) {
  const double unit = PlotUnit(options);
  double low = points[0].value;
  double high = points[0].value;
  for (const ChartPoint& point : points) {
    low = std::min({low, point.low, point.value});
    high = std::max({high, point.high, point.value});
  }
  if (options.y_from_zero || shape == ChartShape::kBars) {
    low = std::min(low, 0.0);
    high = std::max(high, 0.0);
  }
  const Axis y = FitAxis(
      low, high, {.max_intervals = 7, .end_on_ticks = true, .padding = 0.08, .stop_at_zero = true});
  const Axis x{-0.5, static_cast<double>(points.size()) - 0.5, 1, {}};

  Layout layout;
  layout.frame = LayOutFrame(options, x, y, 0, 0);
  layout.place = (layout.frame.right - layout.frame.left) / static_cast<double>(points.size());
  FitLabels(points, options, &layout);
  const double below = TickRowHeight(unit) - TickStyle(unit).size * 0.7 + layout.labels_height;
  layout.frame = LayOutFrame(options, x, y, below, 0);
  // Three digits of the largest are what the errors of such means are worth.
  double largest = 0;
  for (const ChartPoint& point : points) largest = std::max(largest, std::abs(point.value));
  if (largest > 0) {
    layout.decimals = std::clamp(2 - static_cast<int>(std::floor(std::log10(largest))), 0, 6);
  }
  // One size for all, smaller where the places are narrow.
  const TextStyle value = TickStyle(unit);
  double widest = 0;
  for (const ChartPoint& point : points) {
    widest = std::max(widest, TextWidth(ValueLabel(point.value, layout.decimals), value));
  }
  layout.value_size = value.size * std::min(1.0, layout.place * 0.92 / widest);
  if (layout.value_size < value.size * 0.6) layout.value_size = 0;
  return layout;
}

// On white, because a grid line through a number makes it hard to read.
void DrawValue(PixelPoint at, const std::string& value, const TextStyle& style, Canvas* canvas) {
  const double width = TextWidth(value, style);
  const double left = style.align == TextAlign::kLeft ? at.x : at.x - width / 2;
  canvas->FillRectangle({left - 2, at.y - style.size * 0.36},
                        {left + width + 2, at.y + style.size * 0.36}, kWhite);
  canvas->DrawText(at, value, style);
}

void DrawError(const ChartPoint& point, const PlotFrame& frame, double x, Color color, double unit,
               double room, Canvas* canvas) {
  if (point.low == point.high) return;
  const double cap = std::min(kErrorCap * unit, room * 0.2);
  const double thickness = kErrorThickness * unit;
  const double low = frame.PixelY(point.low);
  const double high = frame.PixelY(point.high);
  canvas->DrawLine({x, low}, {x, high}, color, thickness);
  canvas->DrawLine({x - cap, low}, {x + cap, low}, color, thickness);
  canvas->DrawLine({x - cap, high}, {x + cap, high}, color, thickness);
}

void DrawPoint(const ChartPoint& point, size_t index, Color color_of_place, ChartShape shape,
               const Layout& layout, double unit, Canvas* canvas) {
  const PlotFrame& frame = layout.frame;
  const Color color = point.color.value_or(color_of_place);
  const double x = frame.PixelX(static_cast<double>(index));
  const double y = frame.PixelY(point.value);
  if (shape == ChartShape::kBars) {
    const double half = layout.place * kBarShare / 2;
    const double zero = frame.PixelY(0);
    canvas->FillRectangle({x - half, std::min(y, zero)}, {x + half, std::max(y, zero)}, color);
    DrawError(point, frame, x, kInk, unit, layout.place, canvas);
  } else {
    DrawError(point, frame, x, color, unit, layout.place, canvas);
    canvas->DrawMarker({x, y}, Marker::kCircle, color,
                       std::min(kMarkerSize * unit, layout.place * 0.5), /*rim=*/false);
  }
  if (layout.value_size == 0) return;
  TextStyle style = TickStyle(unit);
  style.size = layout.value_size;
  const std::string value = ValueLabel(point.value, layout.decimals);
  const double beside = x + (kMarkerSize / 2 + 10) * unit;
  if (shape == ChartShape::kPoints && beside + TextWidth(value, style) < x + layout.place / 2) {
    style.align = TextAlign::kLeft;
    DrawValue({beside, y}, value, style, canvas);
    return;
  }
  // Beyond the error, away from zero.
  const bool down = shape == ChartShape::kBars && point.value < 0;
  const double end =
      frame.PixelY(down ? std::min(point.low, point.value) : std::max(point.high, point.value));
  const double clear = kMarkerSize * 0.5 * unit + style.size * 0.35;
  DrawValue({x, down ? end + clear : end - clear}, value, style, canvas);
}

}  // namespace

absl::StatusOr<PlotFrame> PointChartFrame(absl::Span<const ChartPoint> points, ChartShape shape,
                                          const PlotOptions& options) {
  EVOKE_RETURN_IF_ERROR(CheckAll(points, options));
  return GuardOpenCv(
      absl::StrCat("chart '", options.title, "'"),
      [&]() -> absl::StatusOr<PlotFrame> { return LayOut(points, shape, options).frame; });
}

absl::StatusOr<Image> DrawPointChart(absl::Span<const ChartPoint> points, ChartShape shape,
                                     const PlotOptions& options) {
  EVOKE_RETURN_IF_ERROR(CheckAll(points, options));
  return GuardOpenCv(absl::StrCat("chart '", options.title, "'"), [&]() -> absl::StatusOr<Image> {
    const double unit = PlotUnit(options);
    const Layout layout = LayOut(points, shape, options);
    const PlotFrame& frame = layout.frame;
    Canvas canvas(options.width, options.height);
    DrawGrid(options, frame, /*x_ticks=*/false, &canvas);
    if (frame.y.min < 0 && frame.y.max > 0) {
      canvas.DrawLine({frame.left, frame.PixelY(0)}, {frame.right, frame.PixelY(0)}, kInk,
                      1.2 * unit);
    }
    const double below = frame.bottom + TickRowHeight(unit) - TickStyle(unit).size * 0.7;
    for (size_t i = 0; i < points.size(); ++i) {
      const Color color = PaletteColor(points.size() <= kMaxColors ? i : 0);
      DrawPoint(points[i], i, color, shape, layout, unit, &canvas);
      const double x = frame.PixelX(static_cast<double>(i));
      if (layout.label.upward) {
        const std::string& word = layout.labels[i][0];
        canvas.DrawText({x, below + TextWidth(word, layout.label) / 2}, word, layout.label);
        continue;
      }
      double y = below + layout.label.size * 0.3;
      for (const std::string& line : layout.labels[i]) {
        canvas.DrawText({x, y}, line, layout.label);
        y += layout.label.size;
      }
    }
    DrawFrame(options, frame, &canvas);
    return canvas.Finish();
  });
}

}  // namespace evoke
