// Title, axes and grid of a plot. Internal to this folder.
#ifndef EVOKE_COMMON_FIGURE_AXES_H_
#define EVOKE_COMMON_FIGURE_AXES_H_

#include "absl/status/status.h"
#include "common/figure/canvas.h"
#include "common/figure/plot_frame.h"

namespace evoke {

// INVALID_ARGUMENT if the picture is too small to read or too large to keep.
absl::Status CheckOptions(const PlotOptions& options);

// INVALID_ARGUMENT, naming `what`, unless the number is finite and within 1e100, beyond which
// differences of numbers overflow.
absl::Status CheckNumber(double value, const std::string& what);

// Lengths in a plot of 1200 x 800 pixels are multiplied by this.
double PlotUnit(const PlotOptions& options);

TextStyle TitleStyle(double unit);
TextStyle AxisLabelStyle(double unit);
TextStyle TickStyle(double unit);  // also of legends and of values

// The data area that leaves room for title, labels and ticks. `below` is the height of what stands
// between the x axis and its label; `beside` is kept free on the right.
PlotFrame LayOutFrame(const PlotOptions& options, Axis x, Axis y, double below, double beside);

// The height of a row of tick labels with its ticks.
double TickRowHeight(double unit);

// Grid and y ticks, and x ticks unless the caller writes its own.
void DrawGrid(const PlotOptions& options, const PlotFrame& frame, bool x_ticks, Canvas* canvas);

// Axis lines, title and labels.
void DrawFrame(const PlotOptions& options, const PlotFrame& frame, Canvas* canvas);

}  // namespace evoke

#endif  // EVOKE_COMMON_FIGURE_AXES_H_
