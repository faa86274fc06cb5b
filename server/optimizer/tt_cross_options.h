// The settings of the TT-cross method.
#ifndef EVOKE_SERVER_OPTIMIZER_TT_CROSS_OPTIONS_H_
#define EVOKE_SERVER_OPTIMIZER_TT_CROSS_OPTIONS_H_

#include <vector>

#include "absl/status/status.h"

namespace evoke {

// How one stage of the schedule for maps of codes groups the positions: the codes of a group
// change together.
struct MapStage {
  enum class Shape {
    kTile,   // position (r, c) belongs to group (r mod size, c mod size): a repeated pattern
    kBlock,  // the map is cut into size x size rectangles, each a group
  };
  // A size that is more than every map's sides: each position is a group of its own.
  static constexpr int kAlone = 4096;

  Shape shape = Shape::kTile;
  int size = 1;  // 1 to kAlone; 1: one group of all positions
  friend bool operator==(const MapStage&, const MapStage&) = default;
};

struct TtCrossOptions {
  // In which order the modes stand in the tensor train.
  enum class SweepOrder {
    kNatural,       // by dimension, within it from the coarsest digit to the finest
    kCoarseToFine,  // all dimensions' coarsest digits first
    kRandom,        // shuffled by the seed, anew at every restart
  };

  // Interface indices kept between two cores, 1 to 64. A core of mode size n costs at most
  // rank * n * rank presentations. At rank 1 the first round of sweeps changes one digit at a time
  // around the incumbent; later rounds have rank 2 at least.
  int rank = 1;
  bool quantized = true;     // QTT: a dimension's levels are split into digits, one mode each
  int digit_base = 8;        // of the digits, 2 to 64
  bool rect_maxvol = false;  // rectangular maxvol: up to twice as many interface indices
  int grid_size = 64;        // levels of a continuous dimension, 2 to 65536
  SweepOrder sweep_order = SweepOrder::kCoarseToFine;
  int max_batch = 32;  // a larger core is asked in several batches, 1 to 4096
  // Points before the first sweep, 0 to 4096. On maps they fill the groups of the first stage,
  // evenly over the ordered codes; elsewhere they are draws from the prior.
  int initial_points = 16;
  // Share of the modes in which a fresh interface row differs from the incumbent, over 0, to 1.
  // 1 is TTOpt's independent rows; small shares search around the incumbent.
  double row_spread = 0.05;
  // The schedule for map-like spaces, coarse to fine; empty: every position alone from the start.
  // Other spaces ignore it.
  std::vector<MapStage> map_stages = {{MapStage::Shape::kTile, 1},
                                      {MapStage::Shape::kTile, 2},
                                      {MapStage::Shape::kTile, 4},
                                      {MapStage::Shape::kTile, MapStage::kAlone}};
  // A stage of the map schedule also ends after this many presentations in a row without a new
  // incumbent (the last stage: after twice as many); 0: only when a full sweep brings none.
  int stage_patience = 40;
  // Noisy answers (variance over 0): the incumbent is shown along with every batch until it has
  // this many measurements, 1 to 1000. 1: no point is measured twice. That batch may have
  // max_batch + 1 points.
  int incumbent_measurements = 5;

  // OK, or INVALID_ARGUMENT naming the field.
  absl::Status Validate() const;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_TT_CROSS_OPTIONS_H_
