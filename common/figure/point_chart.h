// One value with its error for each of a few named things: the response to the first generation's
// best stimulus, to the final one, to a reference image.
//
// Thread-safe: no state. The same input gives the same picture.
#ifndef EVOKE_COMMON_FIGURE_POINT_CHART_H_
#define EVOKE_COMMON_FIGURE_POINT_CHART_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/figure/color.h"
#include "common/figure/plot_frame.h"
#include "common/image.h"

namespace evoke {

struct ChartPoint {
  std::string label;  // under the axis; broken into lines at spaces, or turned upwards
  double value = 0;
  // The ends of the error, in units of the value (not distances from it); both equal to it for
  // none.
  double low = 0;
  double high = 0;
  // Without one: the palette's colour of its place; one colour for all if there are more than six.
  std::optional<Color> color;
};

enum class ChartShape {
  kPoints,
  kBars,  // from zero; the y axis then includes it
};

// Draws 1 to 40 values, each written beside its point or above its bar if all have
// room for it. The y axis holds all errors.
// INVALID_ARGUMENT, naming chart and point: no or too many points, a number that is NaN or
// infinite, low above high, an impossible size.
absl::StatusOr<Image> DrawPointChart(absl::Span<const ChartPoint> points, ChartShape shape,
                                     const PlotOptions& options);

// Where DrawPointChart puts the data of the same arguments: point i is at x = i. The same errors.
absl::StatusOr<PlotFrame> PointChartFrame(absl::Span<const ChartPoint> points, ChartShape shape,
                                          const PlotOptions& options);

}  // namespace evoke

#endif  // EVOKE_COMMON_FIGURE_POINT_CHART_H_
