#include "server/optimizer/evolution/prior_scale.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace evoke {

double PriorDeviation(const LatentDimension& continuous) {
  const double uniform = (continuous.upper - continuous.lower) / std::sqrt(12.0);
  return continuous.prior == LatentDimension::Prior::kStandardNormal ? std::min(1.0, uniform)
                                                                     : uniform;
}

double PriorCentre(const LatentDimension& continuous) {
  return continuous.prior == LatentDimension::Prior::kStandardNormal
             ? std::clamp(0.0, continuous.lower, continuous.upper)
             : std::midpoint(continuous.lower, continuous.upper);
}

}  // namespace evoke
