// A latent space as the index set of a tensor: points on a grid, and their multi-indices.
#ifndef EVOKE_SERVER_OPTIMIZER_TENSOR_TRAIN_TENSOR_GRID_H_
#define EVOKE_SERVER_OPTIMIZER_TENSOR_TRAIN_TENSOR_GRID_H_

#include <vector>

#include "server/latent/latent_space.h"
#include "server/optimizer/mode_layout.h"

namespace evoke {

// Levels: the codes of a categorical dimension; grid_size evenly spaced values, bounds included, of
// a continuous one; a single one where the bounds are equal. A mode is a whole dimension, or one
// binary digit of its level (quantized: QTT, Khoromskij 2011), the leading digit first. Modes come
// in the order of the dimensions; dimensions of one level have none.
//
// Where the number of levels is no power of two, the numbers that the digits can write are spread
// over the levels evenly and in order, so that a level has one number or two neighbouring ones.
//
// Immutable; safe to share between threads.
class TensorGrid {
 public:
  TensorGrid(const LatentSpace& space, int grid_size, bool quantized);

  // Empty for a space of a single point.
  const std::vector<int>& mode_sizes() const { return mode_sizes_; }
  LatentPoint Decode(const ModeIndex& index) const;
  // The index of the grid point that is nearest to the point, which must lie in the space.
  ModeIndex Encode(const LatentPoint& point) const;

 private:
  struct Axis {
    int levels;
    int digits;  // how many modes it has
    double lower;
    double upper;
  };

  const bool quantized_;
  std::vector<Axis> axes_;
  std::vector<int> mode_sizes_;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_TENSOR_TRAIN_TENSOR_GRID_H_
