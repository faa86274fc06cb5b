#include "common/figure/legend.h"

#include <algorithm>

#include "common/figure/axes.h"

namespace evoke {
namespace {

constexpr double kPadding = 12;
constexpr double kSample = 52;  // length of the line that stands for a series
constexpr double kGap = 14;     // between it and the label
constexpr double kRow = 36;
constexpr double kMargin = 14;  // to the axes, and to the data

double LabelRoom(double unit, double max_width) {
  return max_width - (2 * kPadding + kSample + kGap) * unit;
}

}  // namespace

LegendSize MeasureLegend(const std::vector<LegendEntry>& entries, double unit, double max_width) {
  if (entries.empty()) return {};
  double widest = 0;
  for (const LegendEntry& entry : entries) {
    widest = std::max(widest, TextWidth(entry.label, TickStyle(unit)));
  }
  widest = std::min(widest, LabelRoom(unit, max_width));
  return {widest + (2 * kPadding + kSample + kGap) * unit,
          (static_cast<double>(entries.size()) * kRow + kPadding) * unit};
}

std::optional<PixelPoint> FreeLegendPlace(const PlotFrame& frame, LegendSize size, double unit,
                                          const std::vector<InkedColumn>& ink) {
  const double margin = kMargin * unit;
  const double left = frame.left + margin;
  const double right = frame.right - margin - size.width;
  const double middle = (left + right) / 2;
  const double top = frame.top + margin;
  const double bottom = frame.bottom - margin - size.height;
  if (right < left || bottom < top) return std::nullopt;
  for (const PixelPoint place :
       {PixelPoint{right, top}, PixelPoint{left, top}, PixelPoint{right, bottom},
        PixelPoint{left, bottom}, PixelPoint{middle, top}, PixelPoint{middle, bottom}}) {
    const bool hides = std::any_of(ink.begin(), ink.end(), [&](const InkedColumn& column) {
      return column.x > place.x - margin && column.x < place.x + size.width + margin &&
             column.bottom > place.y - margin && column.top < place.y + size.height + margin;
    });
    if (!hides) return place;
  }
  return std::nullopt;
}

void DrawLegend(const std::vector<LegendEntry>& entries, PixelPoint top_left, double unit,
                double max_width, Canvas* canvas) {
  if (entries.empty()) return;
  const LegendSize size = MeasureLegend(entries, unit, max_width);
  // Grid lines behind the words make them hard to read.
  canvas->FillRectangle(top_left, {top_left.x + size.width, top_left.y + size.height}, kWhite, 0.9);
  TextStyle style = TickStyle(unit);
  style.align = TextAlign::kLeft;
  const double left = top_left.x + kPadding * unit;
  const double right = left + kSample * unit;
  double y = top_left.y + (kPadding + kRow) / 2 * unit;
  for (const LegendEntry& entry : entries) {
    if (entry.band) {
      const double half = kRow * 0.3 * unit;
      canvas->FillRectangle({left, y - half}, {right, y + half}, entry.color, 0.2);
    }
    if (entry.line) {
      canvas->DrawPolyline({{left, y}, {right, y}}, entry.color, entry.thickness, entry.dashed);
    }
    if (entry.marker) {
      canvas->DrawMarker({(left + right) / 2, y}, *entry.marker, entry.color, entry.marker_size,
                         entry.line);
    }
    canvas->DrawText({right + kGap * unit, y},
                     ElideText(entry.label, style, LabelRoom(unit, max_width)), style);
    y += kRow * unit;
  }
}

}  // namespace evoke
