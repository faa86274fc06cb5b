// The key of a plot, in a place where it hides no data. Internal to this folder.
#ifndef EVOKE_COMMON_FIGURE_LEGEND_H_
#define EVOKE_COMMON_FIGURE_LEGEND_H_

#include <optional>
#include <string>
#include <vector>

#include "common/figure/canvas.h"
#include "common/figure/plot_frame.h"

namespace evoke {

struct LegendEntry {
  std::string label;
  Color color;
  bool line = false;
  bool dashed = false;
  bool band = false;
  std::optional<Marker> marker;
  double thickness = 1;
  double marker_size = 1;
};

// A column of pixels that data cover from top to bottom.
struct InkedColumn {
  double x = 0;
  double top = 0;
  double bottom = 0;
};

struct LegendSize {
  double width = 0;
  double height = 0;
};

// Empty without entries. `max_width` cuts labels that are longer.
LegendSize MeasureLegend(const std::vector<LegendEntry>& entries, double unit, double max_width);

// The top left corner of a free place in the data area: a corner first, then the middle of the top
// or bottom edge. None if every place hides data.
std::optional<PixelPoint> FreeLegendPlace(const PlotFrame& frame, LegendSize size, double unit,
                                          const std::vector<InkedColumn>& ink);

void DrawLegend(const std::vector<LegendEntry>& entries, PixelPoint top_left, double unit,
                double max_width, Canvas* canvas);

}  // namespace evoke

#endif  // EVOKE_COMMON_FIGURE_LEGEND_H_
