// XDream's genetic algorithm.
#ifndef EVOKE_SERVER_OPTIMIZER_EVOLUTION_GENETIC_H_
#define EVOKE_SERVER_OPTIMIZER_EVOLUTION_GENETIC_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "common/random.h"
#include "server/optimizer/batch_optimizer.h"

namespace evoke {

// The defaults are those that Xiao & Kreiman tuned in silico.
struct GeneticOptions {
  int population_size = 20;    // 2 to 4096
  double mutation_rate = 0.5;  // share of a child's coordinates that mutate, 0 to 1
  // Standard deviation of a mutation, over 0, in units of the prior's (a standard normal prior has
  // 1, the latent's own unit).
  double mutation_size = 0.5;
  // A parent's chance falls by e for every 1 / selectivity standard deviations of its generation
  // that it is below the best; over 0.
  double selectivity = 2;
  double heritability = 0.5;  // share of coordinates that come from the first parent, 0 to 1
  int conserve = 1;           // how many of the best go on unchanged, 0 to population_size - 1
  // Scores above this percentile of their generation count as if they were there, over 0, to 100:
  // one lucky outlier is not to be everybody's parent. 100: no clipping.
  double clip_percentile = 95;

  // OK, or INVALID_ARGUMENT naming the field.
  absl::Status Validate() const;
  // OK if the method takes the space: continuous dimensions only.
  absl::Status CheckSpace(const LatentSpace& space) const;
};

// Xiao & Kreiman 2020 (PLoS Comput. Biol.), Ponce et al. 2019 (Cell). A generation's children have
// two parents each, drawn with a probability that grows exponentially with their score; each
// coordinate comes from one of them, and some mutate. Children are clipped to the bounds.
//
// As in the source: lost candidates go into the next generation unchanged and unscored, in place
// of children, until the archive closes them; a generation that was lost altogether is shown
// again. Scores are the archive's estimates. Different from the source: the `conserve` best are
// shown again only where answers are noisy; noise-free they are carried over with their score.
//
// Adopted points join the population: of both, the best population_size are the next parents. Those
// that are adopted first are the initial population. A batch that holds half of what was proposed
// is a generation all the same, whatever else is in it. Not thread-safe.
class Genetic final : public BatchOptimizer {
 public:
  // Requires valid options and a valid space that it takes: CreateOptimizer() checks.
  Genetic(const GeneticOptions& options, LatentSpace space, uint64_t seed);

 private:
  absl::StatusOr<std::vector<LatentPoint>> Propose() override;
  void Learn(absl::Span<const int> ids, bool adopted) override;

  // Sums of the fitness of the population, from its first to its last member.
  std::vector<double> CumulativeFitness() const;
  LatentPoint Child(const std::vector<double>& cumulative_fitness);

  const GeneticOptions options_;
  Rng rng_;
  // Entries of the archive: the last generation, the best first; and what it lost.
  std::vector<int> population_;
  std::vector<int> lost_;
  std::vector<int> carried_;           // conserved, and not shown again in the current batch
  std::vector<LatentPoint> proposal_;  // the current batch
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_EVOLUTION_GENETIC_H_
