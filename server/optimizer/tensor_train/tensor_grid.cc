#include "server/optimizer/tensor_train/tensor_grid.h"

#include <bit>
#include <cmath>
#include <cstdint>

namespace evoke {

TensorGrid::TensorGrid(const LatentSpace& space, int grid_size, bool quantized)
    : quantized_(quantized) {
  for (const LatentDimension& d : space.dimensions) {
    const bool categorical = d.kind == LatentDimension::Kind::kCategorical;
    const int levels = categorical ? d.levels : d.lower == d.upper ? 1 : grid_size;
    // bit_width(n - 1) binary digits write n numbers.
    const int digits = quantized ? std::bit_width(static_cast<unsigned>(levels - 1)) : levels > 1;
    axes_.push_back({levels, digits, d.lower, d.upper});
    mode_sizes_.insert(mode_sizes_.end(), digits, quantized ? 2 : levels);
  }
}

LatentPoint TensorGrid::Decode(const ModeIndex& index) const {
  LatentPoint point;
  size_t mode = 0;
  for (const Axis& axis : axes_) {
    int64_t level = 0;
    if (quantized_) {
      for (int digit = 0; digit < axis.digits; ++digit) level = 2 * level + index[mode++];
      level = (level * axis.levels) >> axis.digits;
    } else if (axis.digits > 0) {
      level = index[mode++];
    }
    // The last level is the bound itself, free of rounding; codes are their own levels.
    const bool last = axis.levels > 1 && level == axis.levels - 1;
    const double step = axis.levels > 1 ? (axis.upper - axis.lower) / (axis.levels - 1) : 0;
    point.push_back(last ? axis.upper : axis.lower + step * static_cast<double>(level));
  }
  return point;
}

ModeIndex TensorGrid::Encode(const LatentPoint& point) const {
  ModeIndex index;
  for (size_t i = 0; i < axes_.size(); ++i) {
    const Axis& axis = axes_[i];
    if (axis.digits == 0) continue;
    const double share = (point[i] - axis.lower) / (axis.upper - axis.lower);
    const int64_t level = std::lround(share * (axis.levels - 1));
    if (!quantized_) {
      index.push_back(static_cast<int>(level));
      continue;
    }
    // The least number that Decode() takes for the level.
    const int64_t number = ((level << axis.digits) + axis.levels - 1) / axis.levels;
    for (int digit = axis.digits - 1; digit >= 0; --digit) {
      index.push_back(static_cast<int>(number >> digit & 1));
    }
  }
  return index;
}

}  // namespace evoke
