// Sampling from a probability tensor that learns from the best: PROTES.
#ifndef EVOKE_SERVER_OPTIMIZER_TENSOR_TRAIN_TT_SAMPLING_H_
#define EVOKE_SERVER_OPTIMIZER_TENSOR_TRAIN_TT_SAMPLING_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "common/random.h"
#include "server/optimizer/batch_optimizer.h"
#include "server/optimizer/tensor_train/probability_train.h"
#include "server/optimizer/tensor_train/tensor_grid.h"
#include "server/optimizer/tensor_train/tt_sampling_options.h"

namespace evoke {

// PROTES (Batsheva, Chertkov, Ryzhakov & Oseledets, NeurIPS 2023): each batch is drawn from a
// probability tensor over the discretised space, which then climbs the log-likelihood of the best
// of the batch. Any space: continuous dimensions are gridded, a code is its own level.
//
// What a recording session asks for beyond the source:
// - No point is shown twice. A sample that was shown already (a train that is sure of itself draws
//   little else) gets random values in modes chosen at random, one more at a time, until it is new:
//   a search around what was learnt. Points off the grid, from the prior, come once the grid around
//   is used up.
// - The best of a batch are those by the archive's estimates. Of a batch that lost candidates the
//   same share of the rest is learnt from; nothing of one whose answers are all equal.
// - Adopted points are learnt from at the grid points nearest to them, in portions of a batch.
// Not thread-safe.
class TtSampling final : public BatchOptimizer {
 public:
  // Requires valid options and a valid space: CreateOptimizer() checks both.
  TtSampling(const TtSamplingOptions& options, LatentSpace space, uint64_t seed);

 private:
  absl::StatusOr<std::vector<LatentPoint>> Propose() override;
  void Learn(absl::Span<const int> ids, bool adopted) override;

  void LearnFromBatch(absl::Span<const int> ids);

  const TtSamplingOptions options_;
  const TensorGrid grid_;
  Rng rng_;
  std::optional<ProbabilityTrain> train_;  // none for a space of a single point
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_TENSOR_TRAIN_TT_SAMPLING_H_
