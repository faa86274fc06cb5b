// A mapping run: images flashed over positions of the screen, and what the units' spikes say about
// where they look, when they answer, and which of them answer at all.
#ifndef EVOKE_CLIENTS_CONTROL_MAPPING_H_
#define EVOKE_CLIENTS_CONTROL_MAPPING_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "evoke/v1/experiment.pb.h"

namespace evoke {

struct MappingOptions {
  std::string generator = "vqvae-cifar10";
  std::vector<std::string> units;
  int columns = 3;
  int rows = 3;
  double step = 2;      // between positions
  double size = 2;      // of an image
  bool pixels = false;  // step, size and centre are in pixels, else in degrees
  double center_x = 0;  // of the grid, right and up of the screen's centre
  double center_y = 0;
  int flashes = 12;  // at each position
  absl::Duration on = absl::Milliseconds(100);
  absl::Duration off = absl::Milliseconds(300);
  uint64_t seed = 1;

  absl::Status Validate() const;  // INVALID_ARGUMENT naming the field
};

// One experiment per position, row by row from the top left: random images of the generator. Run at
// the same time, so that the display shows the positions in turn.
std::vector<v1::Experiment> MappingSpecs(const MappingOptions& options);

// One flash, as one unit saw it.
struct Flash {
  double x = 0;
  double y = 0;
  std::vector<double> spikes_ms;  // from the onset; at least from -100 to 300
};

struct UnitMap {
  std::string unit;
  std::vector<Flash> flashes;  // as they were given
  bool responds = false;
  double p_value = 1;
  double window_start_ms = 0;  // of the response
  double window_end_ms = 0;
  double x = 0;  // preferred position
  double y = 0;
  struct Cell {
    double x = 0;
    double y = 0;
    int flashes = 0;
    double rate_hz = 0;  // in the window, less the rate before the onset
  };
  std::vector<Cell> cells;  // by position
};

// Whether a unit responds, by two permutation tests (999 times each, seeded): are there more spikes
// in some window of 50 or 100 ms after the onset than before it, at some position or all together;
// and are there more at some position than at others? p < 0.01, corrected for asking twice. The
// window is where the PSTH of the positions that answer stays above a third of its peak; the
// position is the mean of those above half of the best, weighted by their rates.
UnitMap MapUnit(std::string unit, std::vector<Flash> flashes);

// What to set in the experiment: taken over the units that respond, by their responses' strength.
struct MappingProposal {
  std::vector<std::string> units;  // empty: none responds
  double x = 0;
  double y = 0;
  double window_start_ms = 0;
  double window_end_ms = 0;
};
MappingProposal Propose(absl::Span<const UnitMap> maps);

// The findings as lines of text, with the fields to write into a specification.
std::string MappingText(absl::Span<const UnitMap> maps, const MappingProposal& proposal,
                        const MappingOptions& options);

}  // namespace evoke

#endif  // EVOKE_CLIENTS_CONTROL_MAPPING_H_
