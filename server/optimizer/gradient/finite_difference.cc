#include "server/optimizer/gradient/finite_difference.h"

#include <utility>

#include "common/status_macros.h"
#include "server/optimizer/evolution/option_checks.h"

namespace evoke {

absl::Status FiniteDifferenceOptions::Validate() const {
  EVOKE_RETURN_IF_ERROR(CheckOption("finite_difference.samples", samples, 2, 4096));
  EVOKE_RETURN_IF_ERROR(CheckOption("finite_difference.search_radius", search_radius, 1e-6, 100));
  return CheckOption("finite_difference.learning_rate", learning_rate, 1e-6, 100);
}

absl::Status FiniteDifferenceOptions::CheckSpace(const LatentSpace& space) const {
  return RequireContinuous("finite_difference", space);
}

FiniteDifference::FiniteDifference(const FiniteDifferenceOptions& options, LatentSpace space,
                                   uint64_t seed)
    : AntitheticSearch("finite_difference", options.samples / 2, options.search_radius,
                       std::move(space), seed),
      learning_rate_(options.learning_rate) {}

Eigen::VectorXd FiniteDifference::Ascend(absl::Span<const Pair> pairs, double& radius) {
  Eigen::VectorXd gradient = Eigen::VectorXd::Zero(pairs[0].forward.size());
  for (const Pair& pair : pairs) {
    const Eigen::VectorXd step = (pair.forward - pair.backward) / 2;
    const double size = step.cwiseAbs().mean();
    if (size > 0) {
      gradient += (pair.forward_score - pair.backward_score) / 2 / (size * size) * step;
    }
  }
  return learning_rate_ / static_cast<double>(pairs.size()) * gradient;
}

}  // namespace evoke
