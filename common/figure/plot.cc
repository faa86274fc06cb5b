#include "common/figure/plot.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "common/figure/axes.h"
#include "common/figure/canvas.h"
#include "common/figure/legend.h"
#include "common/figure/opencv_guard.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

constexpr size_t kMaxSeries = 16;
constexpr double kLineThickness = 3.2;
constexpr double kBarThickness = 2.4;
constexpr double kMarkerSize = 13;
constexpr double kBandOpacity = 0.2;

absl::Status CheckSeries(const Series& series, const std::string& name) {
  const size_t n = series.x.size();
  if (n == 0) {
    return absl::InvalidArgumentError(absl::StrCat(name, " has no points: give at least one"));
  }
  if (series.y.size() != n) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, " has ", n, " x and ", series.y.size(), " y: give as many of both"));
  }
  if (series.low.size() != series.high.size() || (!series.low.empty() && series.low.size() != n)) {
    return absl::InvalidArgumentError(absl::StrCat(name, " has ", n, " points, ", series.low.size(),
                                                   " low and ", series.high.size(),
                                                   " high: give as many, or neither"));
  }
  for (size_t i = 0; i < n; ++i) {
    EVOKE_RETURN_IF_ERROR(CheckNumber(series.x[i], absl::StrCat(name, ": x[", i, "]")));
    EVOKE_RETURN_IF_ERROR(CheckNumber(series.y[i], absl::StrCat(name, ": y[", i, "]")));
    if (i > 0 && series.x[i] < series.x[i - 1] && series.style.shape != SeriesShape::kMarkers) {
      return absl::InvalidArgumentError(
          absl::StrCat(name, ": x[", i, "] is below x[", i - 1, "]: sort the points by x"));
    }
    if (series.low.empty()) continue;
    EVOKE_RETURN_IF_ERROR(CheckNumber(series.low[i], absl::StrCat(name, ": low[", i, "]")));
    EVOKE_RETURN_IF_ERROR(CheckNumber(series.high[i], absl::StrCat(name, ": high[", i, "]")));
    if (series.low[i] > series.high[i]) {
      return absl::InvalidArgumentError(absl::StrCat(name, ": low[", i, "] = ", series.low[i],
                                                     " is above high[", i, "] = ", series.high[i],
                                                     ": exchange them"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckAll(absl::Span<const Series> series, const PlotOptions& options) {
  EVOKE_RETURN_IF_ERROR(CheckOptions(options));
  if (series.empty() || series.size() > kMaxSeries) {
    return absl::InvalidArgumentError(absl::StrCat("plot '", options.title, "' has ", series.size(),
                                                   " series: give 1 to ", kMaxSeries,
                                                   "; more can't be told apart"));
  }
  for (size_t i = 0; i < series.size(); ++i) {
    EVOKE_RETURN_IF_ERROR(CheckSeries(
        series[i], absl::StrCat("plot '", options.title, "', series '", series[i].label, "'")));
  }
  return absl::OkStatus();
}

bool HasLine(const Series& series) { return series.style.shape != SeriesShape::kMarkers; }
bool HasBand(const Series& series) {
  return series.low.size() > 1 && series.style.error == ErrorShape::kBand;
}
bool HasMarkers(const Series& series) {
  return series.style.shape == SeriesShape::kMarkers ||
         series.style.shape == SeriesShape::kLineAndMarkers || series.x.size() == 1;
}

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void Add(const std::vector<double>& values) {
    for (const double v : values) {
      low = std::min(low, v);
      high = std::max(high, v);
    }
  }
};

bool AllWhole(absl::Span<const Series> series) {
  return std::all_of(series.begin(), series.end(), [](const Series& s) {
    return std::all_of(s.x.begin(), s.x.end(), [](double x) { return x == std::round(x); });
  });
}

// The line through (x, values) in pixels.
std::vector<PixelPoint> Path(const Series& series, const std::vector<double>& values,
                             const PlotFrame& frame) {
  std::vector<PixelPoint> path;
  for (size_t i = 0; i < values.size(); ++i) {
    const PixelPoint at = {frame.PixelX(series.x[i]), frame.PixelY(values[i])};
    if (series.style.shape == SeriesShape::kSteps && i > 0) path.push_back({at.x, path.back().y});
    path.push_back(at);
  }
  // The last value holds as well.
  if (series.style.shape == SeriesShape::kSteps) path.push_back({frame.right, path.back().y});
  return path;
}

// What the series covers, in columns close enough that a legend can't slip between two.
void AddInk(const Series& series, const PlotFrame& frame, std::vector<InkedColumn>* ink) {
  constexpr double kApart = 4;
  const std::vector<double>& low = series.low.empty() ? series.y : series.low;
  const std::vector<double>& high = series.high.empty() ? series.y : series.high;
  const std::vector<PixelPoint> bottom = Path(series, low, frame);
  const std::vector<PixelPoint> top = Path(series, high, frame);
  const std::vector<PixelPoint> middle = Path(series, series.y, frame);
  for (size_t i = 0; i < middle.size(); ++i) {
    const size_t next = HasLine(series) ? std::min(i + 1, middle.size() - 1) : i;
    const double length = std::hypot(middle[next].x - middle[i].x, middle[next].y - middle[i].y);
    const int pieces = std::max(1, static_cast<int>(std::ceil(length / kApart)));
    for (int k = 0; k <= pieces; ++k) {
      const double share = static_cast<double>(k) / pieces;
      const auto between = [share](double a, double b) { return a + (b - a) * share; };
      const double y = between(middle[i].y, middle[next].y);
      ink->push_back({between(middle[i].x, middle[next].x),
                      std::min(y, between(top[i].y, top[next].y)),
                      std::max(y, between(bottom[i].y, bottom[next].y))});
    }
  }
}

struct Layout {
  PlotFrame frame;
  std::vector<LegendEntry> entries;  // of every series, with and without a label
  std::vector<LegendEntry> legend;
  PixelPoint legend_at;
  double legend_width = 0;  // at most
};

std::vector<LegendEntry> Entries(absl::Span<const Series> series, double unit) {
  std::vector<LegendEntry> entries;
  for (size_t i = 0; i < series.size(); ++i) {
    const Series& s = series[i];
    LegendEntry entry;
    entry.label = s.label;
    entry.color = s.style.color.value_or(PaletteColor(i));
    entry.line = HasLine(s);
    entry.dashed = s.style.dashed || (!s.style.color && i >= kPalette.size());
    entry.band = HasBand(s);
    if (HasMarkers(s)) entry.marker = static_cast<Marker>(i % 4);
    entry.thickness = kLineThickness * unit;
    entry.marker_size = kMarkerSize * unit;
    entries.push_back(entry);
  }
  return entries;
}

Layout LayOut(absl::Span<const Series> series, const PlotOptions& options) {
  const double unit = PlotUnit(options);
  Range xs;
  Range ys;
  for (const Series& s : series) {
    xs.Add(s.x);
    ys.Add(s.y);
    ys.Add(s.low);
    ys.Add(s.high);
  }
  if (options.y_from_zero) ys.Add({0.0});
  const Axis x =
      FitAxis(xs.low, xs.high, {.max_intervals = 10, .whole = AllWhole(series), .padding = 0.025});
  const Axis y =
      FitAxis(ys.low, ys.high,
              {.max_intervals = 7, .end_on_ticks = true, .padding = 0.03, .stop_at_zero = true});

  Layout layout;
  layout.entries = Entries(series, unit);
  std::copy_if(layout.entries.begin(), layout.entries.end(), std::back_inserter(layout.legend),
               [](const LegendEntry& entry) { return !entry.label.empty(); });
  layout.frame = LayOutFrame(options, x, y, TickRowHeight(unit), 0);
  if (layout.legend.empty()) return layout;

  layout.legend_width = (layout.frame.right - layout.frame.left) * 0.6;
  LegendSize size = MeasureLegend(layout.legend, unit, layout.legend_width);
  std::vector<InkedColumn> ink;
  for (const Series& s : series) AddInk(s, layout.frame, &ink);
  const auto place = FreeLegendPlace(layout.frame, size, unit, ink);
  if (place) {
    layout.legend_at = *place;
    return layout;
  }
  layout.legend_width = options.width * 0.35;
  size = MeasureLegend(layout.legend, unit, layout.legend_width);
  layout.frame = LayOutFrame(options, x, y, TickRowHeight(unit), size.width);
  layout.legend_at = {layout.frame.right + 16 * unit, layout.frame.top};
  return layout;
}

void DrawBars(const Series& series, const PlotFrame& frame, const LegendEntry& look, double unit,
              Canvas* canvas) {
  const double cap = kMarkerSize * 0.55 * unit;
  for (size_t i = 0; i < series.low.size(); ++i) {
    const double x = frame.PixelX(series.x[i]);
    const double low = frame.PixelY(series.low[i]);
    const double high = frame.PixelY(series.high[i]);
    canvas->DrawLine({x, low}, {x, high}, look.color, kBarThickness * unit);
    canvas->DrawLine({x - cap, low}, {x + cap, low}, look.color, kBarThickness * unit);
    canvas->DrawLine({x - cap, high}, {x + cap, high}, look.color, kBarThickness * unit);
  }
}

void DrawSeries(const Series& series, const PlotFrame& frame, const LegendEntry& look, double unit,
                Canvas* canvas) {
  const std::vector<PixelPoint> path = Path(series, series.y, frame);
  if (look.line) canvas->DrawPolyline(path, look.color, look.thickness, look.dashed);
  if (!look.band) DrawBars(series, frame, look, unit, canvas);
  if (!look.marker) return;
  for (size_t i = 0; i < series.x.size(); ++i) {
    canvas->DrawMarker({frame.PixelX(series.x[i]), frame.PixelY(series.y[i])}, *look.marker,
                       look.color, look.marker_size, look.line);
  }
}

}  // namespace

absl::StatusOr<PlotFrame> LinePlotFrame(absl::Span<const Series> series,
                                        const PlotOptions& options) {
  EVOKE_RETURN_IF_ERROR(CheckAll(series, options));
  return GuardOpenCv(absl::StrCat("plot '", options.title, "'"),
                     [&]() -> absl::StatusOr<PlotFrame> { return LayOut(series, options).frame; });
}

absl::StatusOr<Image> DrawLinePlot(absl::Span<const Series> series, const PlotOptions& options) {
  EVOKE_RETURN_IF_ERROR(CheckAll(series, options));
  return GuardOpenCv(absl::StrCat("plot '", options.title, "'"), [&]() -> absl::StatusOr<Image> {
    const double unit = PlotUnit(options);
    const Layout layout = LayOut(series, options);
    Canvas canvas(options.width, options.height);
    DrawGrid(options, layout.frame, /*x_ticks=*/true, &canvas);
    // Before the data: zeros lie on the axis.
    DrawFrame(options, layout.frame, &canvas);
    for (size_t i = 0; i < series.size(); ++i) {
      if (!HasBand(series[i])) continue;
      std::vector<PixelPoint> area = Path(series[i], series[i].high, layout.frame);
      const std::vector<PixelPoint> back = Path(series[i], series[i].low, layout.frame);
      area.insert(area.end(), back.rbegin(), back.rend());
      canvas.FillPolygon(area, layout.entries[i].color, kBandOpacity);
    }
    for (size_t i = 0; i < series.size(); ++i) {
      DrawSeries(series[i], layout.frame, layout.entries[i], unit, &canvas);
    }
    DrawLegend(layout.legend, layout.legend_at, unit, layout.legend_width, &canvas);
    return canvas.Finish();
  });
}

}  // namespace evoke
