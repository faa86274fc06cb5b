// Gradient ascent along differences between opposite points.
#ifndef EVOKE_SERVER_OPTIMIZER_GRADIENT_FINITE_DIFFERENCE_H_
#define EVOKE_SERVER_OPTIMIZER_GRADIENT_FINITE_DIFFERENCE_H_

#include <cstdint>

#include "absl/status/status.h"
#include "server/optimizer/gradient/antithetic_search.h"

namespace evoke {

// The defaults are those that Xiao & Kreiman tuned in silico.
struct FiniteDifferenceOptions {
  int samples = 20;  // points per batch, 2 to 4096; an odd one is rounded down
  // Standard deviation of the steps in each dimension, 1e-6 to 100, in deviations of its prior.
  double search_radius = 1.25;
  // Of the ascent, 1e-6 to 100, for scores in units of their spread.
  double learning_rate = 1.25;

  // OK, or INVALID_ARGUMENT naming the field.
  absl::Status Validate() const;
  // OK if the method takes the space: continuous dimensions only.
  absl::Status CheckSpace(const LatentSpace& space) const;
};

// FDGD of Xiao & Kreiman 2020 (PLoS Comput. Biol.): the gradient is the mean over the pairs of
//   (difference of the scores / 2) step / (mean absolute coordinate of the step)^2.
// See AntitheticSearch for what is different from the source. Not thread-safe.
class FiniteDifference final : public AntitheticSearch {
 public:
  // Requires valid options and a valid space that it takes: CreateOptimizer() checks.
  FiniteDifference(const FiniteDifferenceOptions& options, LatentSpace space, uint64_t seed);

 private:
  Eigen::VectorXd Ascend(absl::Span<const Pair> pairs, double& radius) override;

  const double learning_rate_;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_GRADIENT_FINITE_DIFFERENCE_H_
