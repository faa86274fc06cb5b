// Natural evolution strategy: the gradient of the expected score of a normal distribution.
#ifndef EVOKE_SERVER_OPTIMIZER_GRADIENT_NATURAL_EVOLUTION_H_
#define EVOKE_SERVER_OPTIMIZER_GRADIENT_NATURAL_EVOLUTION_H_

#include <cstdint>

#include "absl/status/status.h"
#include "server/optimizer/gradient/antithetic_search.h"

namespace evoke {

// The defaults are those that Xiao & Kreiman tuned in silico.
struct NaturalEvolutionOptions {
  int samples = 20;  // points per batch, 2 to 4096; an odd one is rounded down
  // First standard deviation of the steps in each dimension, 0.01 to 100, in deviations of its
  // prior.
  double search_radius = 1.25;
  double learning_rate = 1.75;  // of the centre, 1e-6 to 100, for scores in units of their spread
  double radius_rate = 0.05;    // of the radius, 0 to 100, likewise; 0 keeps the radius

  // OK, or INVALID_ARGUMENT naming the field.
  absl::Status Validate() const;
  // OK if the method takes the space: continuous dimensions only.
  absl::Status CheckSpace(const LatentSpace& space) const;
};

// NES of Xiao & Kreiman 2020 (PLoS Comput. Biol.), after Wierstra et al. 2014 and Ilyas et al.
// 2018. With e = step / radius, the centre moves by learning_rate * mean(score e) / radius, and the
// radius, which all dimensions share, by radius_rate * mean(score (e^2 - 1)) / radius; it stays
// above 0.01. See AntitheticSearch for what is different from the source. Not thread-safe.
class NaturalEvolution final : public AntitheticSearch {
 public:
  // Requires valid options and a valid space that it takes: CreateOptimizer() checks.
  NaturalEvolution(const NaturalEvolutionOptions& options, LatentSpace space, uint64_t seed);

 private:
  Eigen::VectorXd Ascend(absl::Span<const Pair> pairs, double& radius) override;

  const double learning_rate_;
  const double radius_rate_;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_GRADIENT_NATURAL_EVOLUTION_H_
