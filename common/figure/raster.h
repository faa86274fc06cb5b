// Rasters over PSTHs: what units answered, presentation by presentation.
//
// Thread-safe: no state. The same input gives the same picture.
#ifndef EVOKE_COMMON_FIGURE_RASTER_H_
#define EVOKE_COMMON_FIGURE_RASTER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/image.h"

namespace evoke {

// One unit. A train has the times of its spikes in milliseconds from the onset.
struct RasterPanel {
  std::string title;
  std::vector<std::vector<double>> trains;  // the oldest first; drawn from the bottom up
};

struct RasterOptions {
  std::string title;
  double from_ms = -100;  // the time axis
  double to_ms = 200;
  double bin_ms = 5;  // of the PSTH
  // [start, end) after the onset where spikes are counted: shaded. Equal: none.
  double window_start_ms = 0;
  double window_end_ms = 0;
  int width = 1600;  // pixels, 640 to 8192
  int height = 1000;
};

// Up to 16 panels in a grid; in each a raster, with a row for every presentation, above the PSTH in
// spikes/s. All panels have one time axis; each has its own rates. INVALID_ARGUMENT, naming the
// panel: none or too many, a time that is not finite, an impossible axis or size.
absl::StatusOr<Image> DrawRasters(absl::Span<const RasterPanel> panels,
                                  const RasterOptions& options);

}  // namespace evoke

#endif  // EVOKE_COMMON_FIGURE_RASTER_H_
