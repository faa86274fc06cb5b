#include "server/latent/latent_space.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"

namespace evoke {

LatentDimension LatentDimension::Continuous(double lower, double upper, Prior prior) {
  return {.kind = Kind::kContinuous, .lower = lower, .upper = upper, .prior = prior, .levels = 0};
}

LatentDimension LatentDimension::Categorical(int levels) {
  return {.kind = Kind::kCategorical,
          .lower = 0,
          .upper = static_cast<double>(levels - 1),
          .prior = Prior::kUniform,
          .levels = levels};
}

absl::Status LatentSpace::Validate() const {
  if (dimensions.empty()) return absl::InvalidArgumentError("latent space: has no dimensions");
  for (int i = 0; i < size(); ++i) {
    const LatentDimension& d = dimensions[i];
    if (d.kind == LatentDimension::Kind::kCategorical) {
      if (d.levels < 1) {
        return absl::InvalidArgumentError(absl::StrFormat(
            "latent space: dimension %d is categorical with %d levels; needs at least 1", i,
            d.levels));
      }
    } else if (!std::isfinite(d.lower) || !std::isfinite(d.upper) || d.lower > d.upper) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "latent space: dimension %d has bounds [%g, %g]; needs finite lower <= upper", i, d.lower,
          d.upper));
    }
  }
  if ((map_rows != 0 || map_cols != 0) && map_rows * map_cols != size()) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "latent space: a map of %d x %d does not hold %d dimensions", map_rows, map_cols, size()));
  }
  return absl::OkStatus();
}

absl::Status LatentSpace::Contains(absl::Span<const double> point) const {
  if (static_cast<int>(point.size()) != size()) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "latent point has %d values; the space has %d dimensions", point.size(), size()));
  }
  for (int i = 0; i < size(); ++i) {
    const LatentDimension& d = dimensions[i];
    const double v = point[i];
    const bool whole = d.kind == LatentDimension::Kind::kContinuous || v == std::floor(v);
    if (!std::isfinite(v) || v < d.lower || v > d.upper || !whole) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "latent point: value %g of dimension %d is not %s in [%g, %g]", v, i,
          d.kind == LatentDimension::Kind::kContinuous ? "a number" : "a whole code", d.lower,
          d.upper));
    }
  }
  return absl::OkStatus();
}

LatentPoint LatentSpace::Sample(Rng& rng) const {
  LatentPoint point(dimensions.size());
  for (size_t i = 0; i < dimensions.size(); ++i) {
    const LatentDimension& d = dimensions[i];
    if (d.kind == LatentDimension::Kind::kCategorical) {
      point[i] = rng.Index(d.levels);
    } else if (d.prior == LatentDimension::Prior::kStandardNormal) {
      point[i] = std::clamp(rng.Normal(), d.lower, d.upper);
    } else {
      point[i] = rng.Uniform(d.lower, d.upper);
    }
  }
  return point;
}

}  // namespace evoke
