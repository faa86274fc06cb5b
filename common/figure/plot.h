// Line plots, as in a paper: several series with a legend, error bands or bars, round ticks.
//
// Thread-safe: no state. The same input gives the same picture.
#ifndef EVOKE_COMMON_FIGURE_PLOT_H_
#define EVOKE_COMMON_FIGURE_PLOT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/figure/color.h"
#include "common/figure/plot_frame.h"
#include "common/image.h"

namespace evoke {

enum class SeriesShape {
  kLine,
  kLineAndMarkers,
  kMarkers,
  kSteps,  // each value holds until the next x: the best so far
};

enum class ErrorShape { kBand, kBars };

struct Style {
  SeriesShape shape = SeriesShape::kLine;
  ErrorShape error = ErrorShape::kBand;
  bool dashed = false;
  // Without one: the palette's colour of the series' place. After eight they come again, dashed.
  std::optional<Color> color;
};

struct Series {
  std::string label;  // a series without one is not in the legend
  // Of one length, at least one point. Except for kMarkers, x never descends.
  std::vector<double> x;
  std::vector<double> y;
  // The ends of the error at each point, in units of y (not distances from y): none, or as many.
  std::vector<double> low;
  std::vector<double> high;
  Style style;
};

// Draws up to 16 series. The y axis holds all points and errors; x ticks are whole numbers if all x
// are. The legend takes a free corner, or stands beside the plot if there is none.
// INVALID_ARGUMENT, naming plot and series: no series, lengths that differ, a number that is NaN or
// infinite, low above high, x that descends, an impossible size.
absl::StatusOr<Image> DrawLinePlot(absl::Span<const Series> series, const PlotOptions& options);

// Where DrawLinePlot puts the data of the same arguments. The same errors.
absl::StatusOr<PlotFrame> LinePlotFrame(absl::Span<const Series> series,
                                        const PlotOptions& options);

}  // namespace evoke

#endif  // EVOKE_COMMON_FIGURE_PLOT_H_
