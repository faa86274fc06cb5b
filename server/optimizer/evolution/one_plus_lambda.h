// The (1 + lambda) evolution strategy, for any space.
#ifndef EVOKE_SERVER_OPTIMIZER_EVOLUTION_ONE_PLUS_LAMBDA_H_
#define EVOKE_SERVER_OPTIMIZER_EVOLUTION_ONE_PLUS_LAMBDA_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "common/random.h"
#include "server/optimizer/batch_optimizer.h"

namespace evoke {

struct OnePlusLambdaOptions {
  int lambda = 4;  // children a batch, 1 to 4096
  // Share of the dimensions that mutate, 0 to 1; 0: all continuous ones,
  // and categorical ones as if one dimension in all were to mutate.
  double mutation_rate = 0;

  // OK, or INVALID_ARGUMENT naming the field.
  absl::Status Validate() const;
};

// The parent is the best point by the archive's estimate; a lucky one is unseated as its estimate
// shrinks. A mutated code is uniform over the other codes. A mutated coordinate takes a normal step
// in units of the prior's deviation, clipped to the bounds, whose size follows the share of
// children that beat their parent: Igel, Hansen & Roth 2007 (Evol. Comput. 15), the (1 + lambda)
// success rule.
//
// Without an adopted start, and while the neuron answers everything alike, batches are draws from
// the prior. Lost candidates are left out; adopted points may become the parent. Not thread-safe.
class OnePlusLambda final : public BatchOptimizer {
 public:
  // Requires valid options and a valid space: CreateOptimizer() checks both.
  OnePlusLambda(const OnePlusLambdaOptions& options, LatentSpace space, uint64_t seed);

 private:
  absl::StatusOr<std::vector<LatentPoint>> Propose() override;
  void Learn(absl::Span<const int> ids, bool adopted) override;

  LatentPoint Child(const LatentPoint& parent);
  // A mutated value of dimension `i`.
  double Mutated(int i, double value);

  const OnePlusLambdaOptions options_;
  Rng rng_;
  std::vector<int> free_dimensions_;  // those that have a second value
  double moving_ = 0;                 // continuous ones that mutate at a time, on average
  int parent_ = -1;                   // of the current batch, an entry of the archive; -1: none
  std::vector<LatentPoint> proposal_;
  double step_size_;
  double success_rate_;  // smoothed
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_EVOLUTION_ONE_PLUS_LAMBDA_H_
