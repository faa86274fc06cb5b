#include "server/optimizer/batch_optimizer.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status_macros.h"

namespace evoke {

absl::StatusOr<std::vector<LatentPoint>> BatchOptimizer::Ask() {
  if (batch_.empty()) {
    EVOKE_ASSIGN_OR_RETURN(batch_, Propose());
    adopted_ = false;
  }
  return batch_;
}

absl::Status BatchOptimizer::Tell(absl::Span<const Observation> observations) {
  if (batch_.empty()) {
    return absl::FailedPreconditionError("optimizer: told without a batch; call Ask() first");
  }
  if (observations.size() != batch_.size()) {
    return absl::InvalidArgumentError(
        absl::StrFormat("optimizer: %d observations for a batch of %d points; give one per point",
                        observations.size(), batch_.size()));
  }
  for (size_t i = 0; i < observations.size(); ++i) {
    const Observation& o = observations[i];
    if (o.trials < 0) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "optimizer: observation %d has %d trials; give 0 for a lost candidate", i, o.trials));
    }
    if (o.trials == 0) continue;
    if (!std::isfinite(o.score) || !std::isfinite(o.variance) || o.variance < 0) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "optimizer: observation %d has score %g and variance %g; both must be finite and the "
          "variance not negative (trials = 0 marks a lost candidate)",
          i, o.score, o.variance));
    }
  }
  std::vector<int> ids;
  for (size_t i = 0; i < observations.size(); ++i) {
    ids.push_back(archive_.Record(batch_[i], observations[i]));
  }
  batch_.clear();
  Learn(ids, std::exchange(adopted_, false));
  return absl::OkStatus();
}

absl::Status BatchOptimizer::Adopt(absl::Span<const LatentPoint> batch) {
  if (batch.empty()) {
    return absl::InvalidArgumentError("optimizer: an adopted batch needs at least one point");
  }
  for (size_t i = 0; i < batch.size(); ++i) {
    const absl::Status status = space_.Contains(batch[i]);
    if (!status.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("optimizer: point ", i, " of the adopted batch: ", status.message()));
    }
  }
  batch_.assign(batch.begin(), batch.end());
  adopted_ = true;
  return absl::OkStatus();
}

absl::StatusOr<Recommendation> BatchOptimizer::Best() const {
  const int best = archive_.Best();
  if (best < 0) {
    return absl::FailedPreconditionError(
        "optimizer: nothing to recommend before the first valid observation");
  }
  const ObservationArchive::Estimate estimate = archive_.EstimateOf(best);
  return Recommendation{archive_.entry(best).point, estimate.score, estimate.standard_error};
}

}  // namespace evoke
