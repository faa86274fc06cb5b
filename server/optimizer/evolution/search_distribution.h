// The distribution that an evolution strategy draws from and adapts.
#ifndef EVOKE_SERVER_OPTIMIZER_EVOLUTION_SEARCH_DISTRIBUTION_H_
#define EVOKE_SERVER_OPTIMIZER_EVOLUTION_SEARCH_DISTRIBUTION_H_

#include "Eigen/Core"
#include "common/random.h"

namespace evoke {

// Unconstrained coordinates in which the prior has mean 0 and standard deviation 1. At least one
// dimension. Not thread-safe.
class SearchDistribution {
 public:
  virtual ~SearchDistribution() = default;

  // `count` draws, one a column.
  virtual Eigen::MatrixXd Sample(int count, Rng& rng) = 0;
  // Before the first sample: the search starts around these points (columns, the best first).
  virtual void Start(const Eigen::MatrixXd& ranked) = 0;
  // A generation was measured: its points (columns, the best first; at least one), as they were
  // shown. They may be others than were sampled.
  virtual void Update(const Eigen::MatrixXd& ranked) = 0;
};

// `rows` x `cols` standard normal numbers, drawn column by column.
Eigen::MatrixXd NormalMatrix(Eigen::Index rows, Eigen::Index cols, Rng& rng);

// Weights of ranked points, the best first, which sum to 1: those of the better half (rounded up)
// fall logarithmically, the others are 0 (Hansen 2016 without the negative ones). count >= 1.
Eigen::VectorXd RankWeights(int count);

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_EVOLUTION_SEARCH_DISTRIBUTION_H_
