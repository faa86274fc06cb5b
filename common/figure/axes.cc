#include "common/figure/axes.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"

namespace evoke {
namespace {

constexpr int kMinWidth = 320;
constexpr int kMinHeight = 240;
constexpr int kMaxSide = 8192;
constexpr size_t kMaxTitleLines = 3;
constexpr double kEdge = 24;        // between the text and the picture's edge
constexpr double kLabelRow = 1.25;  // of an axis label's size
constexpr double kTickLength = 8;   // outwards
constexpr double kTickGap = 8;      // between a tick and its label
constexpr double kAxisThickness = 1.6;
constexpr double kGridThickness = 1.2;

std::vector<std::string> TitleLines(const PlotOptions& options, double unit) {
  if (options.title.empty()) return {};
  const TextStyle style = TitleStyle(unit);
  const double room = options.width - 2 * kEdge * unit;
  std::vector<std::string> lines = WrapText(options.title, style, room);
  if (lines.size() > kMaxTitleLines) {
    lines.resize(kMaxTitleLines);
    lines.back() += " ...";
  }
  for (std::string& line : lines) line = ElideText(line, style, room);
  return lines;
}

// The middle of a label of this length: the middle of the axis, unless it would leave [low, high].
double MiddleWithin(double middle, double length, double low, double high) {
  return std::max(std::min(middle, high - length / 2), low + length / 2);
}

double WidestTick(const Axis& axis, double unit) {
  double widest = 0;
  for (const double tick : axis.ticks) {
    widest = std::max(widest, TextWidth(TickLabel(tick, axis.step), TickStyle(unit)));
  }
  return widest;
}

}  // namespace

absl::Status CheckOptions(const PlotOptions& options) {
  if (options.width < kMinWidth || options.height < kMinHeight || options.width > kMaxSide ||
      options.height > kMaxSide) {
    return absl::InvalidArgumentError(absl::StrCat(
        "plot '", options.title, "': can't draw on ", options.width, "x", options.height,
        " pixels; give at least ", kMinWidth, "x", kMinHeight, ", at most ", kMaxSide, " a side"));
  }
  return absl::OkStatus();
}

absl::Status CheckNumber(double value, const std::string& what) {
  if (std::isfinite(value) && std::abs(value) <= 1e100) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(what, " is ", value, ": leave out what was not measured, give numbers only"));
}

double PlotUnit(const PlotOptions& options) {
  return std::min(options.width / 1200.0, options.height / 800.0);
}

TextStyle TitleStyle(double unit) {
  return {.size = 36 * unit, .bold = true, .align = TextAlign::kLeft};
}
TextStyle AxisLabelStyle(double unit) { return {.size = 32 * unit}; }
TextStyle TickStyle(double unit) { return {.size = 27 * unit}; }

double TickRowHeight(double unit) {
  return (kTickLength + kTickGap) * unit + TickStyle(unit).size * 0.7;
}

PlotFrame LayOutFrame(const PlotOptions& options, Axis x, Axis y, double below, double beside) {
  const double unit = PlotUnit(options);
  const double label = AxisLabelStyle(unit).size;
  PlotFrame frame;
  frame.left = kEdge * unit + (options.y_label.empty() ? 0 : label * kLabelRow) +
               WidestTick(y, unit) + (kTickGap + kTickLength) * unit;
  frame.right = options.width - beside - (kEdge + 16) * unit;
  frame.top = kEdge * unit + TickStyle(unit).size * 0.5 +
              static_cast<double>(TitleLines(options, unit).size()) * TitleStyle(unit).size * 1.2;
  frame.bottom =
      options.height - kEdge * unit - below - (options.x_label.empty() ? 0 : label * kLabelRow);
  frame.x = std::move(x);
  frame.y = std::move(y);
  return frame;
}

void DrawGrid(const PlotOptions& options, const PlotFrame& frame, bool x_ticks, Canvas* canvas) {
  const double unit = PlotUnit(options);
  TextStyle style = TickStyle(unit);
  const double thickness = kGridThickness * unit;
  const double reach = (kTickLength + kTickGap) * unit;
  style.align = TextAlign::kRight;
  for (const double tick : frame.y.ticks) {
    const double y = frame.PixelY(tick);
    canvas->DrawLine({frame.left, y}, {frame.right, y}, kGridGray, thickness);
    canvas->DrawLine({frame.left - kTickLength * unit, y}, {frame.left, y}, kInk,
                     kAxisThickness * unit);
    canvas->DrawText({frame.left - reach, y}, TickLabel(tick, frame.y.step), style);
  }
  if (!x_ticks) return;
  style.align = TextAlign::kCenter;
  for (const double tick : frame.x.ticks) {
    const double x = frame.PixelX(tick);
    canvas->DrawLine({x, frame.top}, {x, frame.bottom}, kGridGray, thickness);
    canvas->DrawLine({x, frame.bottom}, {x, frame.bottom + kTickLength * unit}, kInk,
                     kAxisThickness * unit);
    canvas->DrawText({x, frame.bottom + reach + style.size * 0.3}, TickLabel(tick, frame.x.step),
                     style);
  }
}

void DrawFrame(const PlotOptions& options, const PlotFrame& frame, Canvas* canvas) {
  const double unit = PlotUnit(options);
  canvas->DrawPolyline(
      {{frame.left, frame.top}, {frame.left, frame.bottom}, {frame.right, frame.bottom}}, kInk,
      kAxisThickness * unit);
  const double edge = kEdge * unit;
  const TextStyle title = TitleStyle(unit);
  double y = edge + title.size * 0.4;
  for (const std::string& line : TitleLines(options, unit)) {
    canvas->DrawText({edge, y}, line, title);
    y += title.size * 1.2;
  }
  TextStyle style = AxisLabelStyle(unit);
  const double right = options.width - edge;
  std::string label = ElideText(options.x_label, style, right - edge);
  canvas->DrawText(
      {MiddleWithin((frame.left + frame.right) / 2, TextWidth(label, style), edge, right),
       options.height - edge - style.size * 0.3},
      label, style);
  style.upward = true;
  const double bottom =
      options.height - edge - (options.x_label.empty() ? 0 : style.size * kLabelRow);
  label = ElideText(options.y_label, style, bottom - frame.top);
  canvas->DrawText(
      {edge + style.size * 0.3,
       MiddleWithin((frame.top + frame.bottom) / 2, TextWidth(label, style), frame.top, bottom)},
      label, style);
}

}  // namespace evoke
