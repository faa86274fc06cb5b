#include "server/optimizer/evolution/covariance.h"

#include <algorithm>

namespace evoke {

PathRates Covariance::RatesOfPaths(int dimensions, double effective_parents) const {
  const double n = dimensions, parents = effective_parents;
  return {.step_size = (parents + 2) / (n + parents + 5),
          .covariance = (4 + parents / n) / (n + 4 + 2 * parents / n)};
}

CovarianceRates::CovarianceRates(int dimensions, double effective_parents) {
  const double n = dimensions;
  one = 2 / ((n + 1.3) * (n + 1.3) + effective_parents);
  mu = std::min(1 - one, 2 * (effective_parents - 2 + 1 / effective_parents) /
                             ((n + 2) * (n + 2) + effective_parents));
}

}  // namespace evoke
