// Spends a share of every batch on measuring contenders again.
#ifndef EVOKE_SERVER_OPTIMIZER_REPLICATING_OPTIMIZER_H_
#define EVOKE_SERVER_OPTIMIZER_REPLICATING_OPTIMIZER_H_

#include <memory>
#include <vector>

#include "server/optimizer/batch_optimizer.h"

namespace evoke {

// Adds replicates to the batches of any method where its answers are noisy (variance over 0).
// A race in the manner of Maron & Moore (1997), by standard errors: contenders are the measured
// points whose means lie less than kDeviations standard errors of the difference below that of the
// best point (by the archive's estimate). Those with the highest mean plus kDeviations standard
// errors are shown again. Nothing is, once the best has no rival left.
//
// The inner method is told of its own points only; but when it asks for a point again, it is
// told of all measurements of that point since, pooled. Best() is by all measurements of all
// points. Of an adopted batch, points that were measured before are replicates, and the inner
// method adopts the others.
//
// Not thread-safe.
class ReplicatingOptimizer final : public BatchOptimizer {
 public:
  static constexpr double kDeviations = 2;

  // `share`: of all points shown, over 0, to 0.5; where it is a fraction of a point, the rest is
  // kept for the next batch. `space` is the inner method's.
  ReplicatingOptimizer(std::unique_ptr<Optimizer> inner, double share, LatentSpace space);

 private:
  absl::StatusOr<std::vector<LatentPoint>> Propose() override;
  void Learn(absl::Span<const int> ids, bool adopted) override;

  // Entries to measure again, at most `count`, none of the points in `batch`.
  std::vector<int> Contenders(int count, absl::Span<const LatentPoint> batch) const;
  // What the archive has of the point and the inner method was not told yet.
  Observation Untold(int id) const;
  void TellInner(absl::Span<const int> ids);

  const std::unique_ptr<Optimizer> inner_;
  const double share_;
  double saved_ = 0;               // replicates that earlier batches were too small for, under 1
  std::vector<LatentPoint> own_;   // the inner method's part of the batch in flight
  std::vector<Observation> told_;  // to the inner method, by entry, pooled
  absl::Status inner_status_;      // of telling it: without fault, unless it breaks its contract
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_REPLICATING_OPTIMIZER_H_
