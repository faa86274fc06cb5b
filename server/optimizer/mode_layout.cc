#include "server/optimizer/mode_layout.h"

#include <algorithm>
#include <cmath>

namespace evoke {
namespace {

int LevelCount(const LatentDimension& d, int grid_size) {
  if (d.kind == LatentDimension::Kind::kCategorical) return d.levels;
  return d.lower == d.upper ? 1 : grid_size;
}

int NearestLevel(const LatentDimension& d, int levels, double value) {
  if (levels == 1) return 0;
  const double share = (value - d.lower) / (d.upper - d.lower);
  return std::clamp(static_cast<int>(std::lround(share * (levels - 1))), 0, levels - 1);
}

double LevelValue(const LatentDimension& d, int levels, int level) {
  if (d.kind == LatentDimension::Kind::kCategorical) return level;
  // The last level is the bound itself, free of rounding.
  if (level == levels - 1 && levels > 1) return d.upper;
  return levels == 1 ? d.lower : d.lower + (d.upper - d.lower) * level / (levels - 1);
}

}  // namespace

ModeLayout::ModeLayout(const LatentSpace& space, const TtCrossOptions& options,
                       const std::vector<int>& groups, const LatentPoint& base)
    : space_(space) {
  const int group_count = *std::max_element(groups.begin(), groups.end()) + 1;
  std::vector<int> group_levels(group_count, 1);
  for (int i = 0; i < space.size(); ++i) {
    const LatentDimension& d = space.dimensions[i];
    const int levels = LevelCount(d, options.grid_size);
    grids_.push_back({groups[i], levels, NearestLevel(d, levels, base[i])});
    group_levels[groups[i]] = std::max(group_levels[groups[i]], levels);
  }
  modes_of_group_.resize(group_count);
  for (int group = 0; group < group_count; ++group) {
    const int levels = group_levels[group];
    int stride = 1;
    if (options.quantized) {
      while (int64_t{stride} * options.digit_base < levels) stride *= options.digit_base;
    }
    int range = levels;  // level numbers that the digits from here on have to tell apart
    for (int depth = 0; range > 1; ++depth) {
      modes_of_group_[group].push_back(size());
      modes_.push_back({group, stride, (range + stride - 1) / stride, depth});
      range = stride;
      stride /= options.digit_base;
      if (!options.quantized) break;
    }
  }
}

LatentPoint ModeLayout::Decode(const ModeIndex& index) const {
  LatentPoint point(grids_.size());
  for (size_t i = 0; i < grids_.size(); ++i) {
    const Grid& grid = grids_[i];
    int level = grid.base_level;
    for (int m : modes_of_group_[grid.group]) {
      const Mode& mode = modes_[m];
      const int digit = level / mode.stride % mode.size;
      level += ((digit + index[m]) % mode.size - digit) * mode.stride;
    }
    point[i] = LevelValue(space_.dimensions[i], grid.levels, std::min(level, grid.levels - 1));
  }
  return point;
}

std::vector<int> MapGroups(const LatentSpace& map_space, const MapStage& stage) {
  const int rows = std::min(stage.size, map_space.map_rows);
  const int cols = std::min(stage.size, map_space.map_cols);
  std::vector<int> groups;
  for (int i = 0; i < map_space.size(); ++i) {
    const int r = i / map_space.map_cols, c = i % map_space.map_cols;
    if (stage.shape == MapStage::Shape::kTile) {
      groups.push_back(r % rows * cols + c % cols);
    } else {
      groups.push_back(r * rows / map_space.map_rows * cols + c * cols / map_space.map_cols);
    }
  }
  return groups;
}

}  // namespace evoke
