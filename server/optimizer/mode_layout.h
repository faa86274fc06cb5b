// The discrete coordinates of one stage of TT-cross: modes, and the latent points they stand for.
#ifndef EVOKE_SERVER_OPTIMIZER_MODE_LAYOUT_H_
#define EVOKE_SERVER_OPTIMIZER_MODE_LAYOUT_H_

#include <vector>

#include "server/latent/latent_space.h"
#include "server/optimizer/tt_cross_options.h"

namespace evoke {

// One value per mode.
using ModeIndex = std::vector<int>;

// Coordinates are *relative to a base point*. A mode is one digit of the levels of a group of
// dimensions; its value is added to that digit of every member, modulo the digit's range. Index 0
// is the base point, whatever the grouping, so that a stage with coarse groups can start from a
// point that the groups themselves cannot express. Where all members of a group are equal this is
// the plain (quantised) tensor with its levels renumbered.
//
// Levels: the codes of a categorical dimension; grid_size evenly spaced values, bounds included,
// of a continuous one. Level counts that are no power of the digit base: the leading digit has
// only as many values as needed, and level numbers past the last one are clipped to it.
//
// Immutable; safe to share between threads. The space has to outlive it.
class ModeLayout {
 public:
  // `groups`: the group of every dimension, numbered from 0. `base` is snapped to the grid.
  // Modes come by group, within it from the coarsest digit to the finest. Dimensions of one
  // level have no modes.
  ModeLayout(const LatentSpace& space, const TtCrossOptions& options,
             const std::vector<int>& groups, const LatentPoint& base);

  int size() const { return static_cast<int>(modes_.size()); }
  int mode_size(int mode) const { return modes_[mode].size; }
  // Modes of equal depth change their dimensions by equally coarse steps; 0 is the coarsest.
  int mode_depth(int mode) const { return modes_[mode].depth; }

  LatentPoint Decode(const ModeIndex& index) const;

 private:
  struct Mode {
    int group;
    int stride;  // of the digit
    int size;    // of the digit's range
    int depth;
  };
  struct Grid {
    int group;
    int levels;
    int base_level;
  };

  const LatentSpace& space_;
  std::vector<Mode> modes_;
  std::vector<Grid> grids_;  // one per dimension
  std::vector<std::vector<int>> modes_of_group_;
};

// Which group each position of the map belongs to in a stage. Groups are numbered row by row.
std::vector<int> MapGroups(const LatentSpace& map_space, const MapStage& stage);

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_MODE_LAYOUT_H_
