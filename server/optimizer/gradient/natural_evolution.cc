#include "server/optimizer/gradient/natural_evolution.h"

#include <algorithm>
#include <utility>

#include "common/status_macros.h"
#include "server/optimizer/evolution/option_checks.h"

namespace evoke {
namespace {

constexpr double kLeastRadius = 0.01;

}  // namespace

absl::Status NaturalEvolutionOptions::Validate() const {
  EVOKE_RETURN_IF_ERROR(CheckOption("natural_evolution.samples", samples, 2, 4096));
  EVOKE_RETURN_IF_ERROR(
      CheckOption("natural_evolution.search_radius", search_radius, kLeastRadius, 100));
  EVOKE_RETURN_IF_ERROR(CheckOption("natural_evolution.learning_rate", learning_rate, 1e-6, 100));
  return CheckOption("natural_evolution.radius_rate", radius_rate, 0, 100);
}

absl::Status NaturalEvolutionOptions::CheckSpace(const LatentSpace& space) const {
  return RequireContinuous("natural_evolution", space);
}

NaturalEvolution::NaturalEvolution(const NaturalEvolutionOptions& options, LatentSpace space,
                                   uint64_t seed)
    : AntitheticSearch("natural_evolution", options.samples / 2, options.search_radius,
                       std::move(space), seed),
      learning_rate_(options.learning_rate),
      radius_rate_(options.radius_rate) {}

Eigen::VectorXd NaturalEvolution::Ascend(absl::Span<const Pair> pairs, double& radius) {
  Eigen::VectorXd by_centre = Eigen::VectorXd::Zero(pairs[0].forward.size());
  double by_radius = 0;
  const auto add = [&](const Eigen::VectorXd& step, double score) {
    by_centre += score / radius * step;
    by_radius += score * (step.squaredNorm() / (radius * radius * step.size()) - 1);
  };
  for (const Pair& pair : pairs) {
    add(pair.forward, pair.forward_score);
    add(pair.backward, pair.backward_score);
  }
  const double samples = 2.0 * static_cast<double>(pairs.size());
  const Eigen::VectorXd move = learning_rate_ / (samples * radius) * by_centre;
  radius = std::max(kLeastRadius, radius + radius_rate_ / (samples * radius) * by_radius);
  return move;
}

}  // namespace evoke
