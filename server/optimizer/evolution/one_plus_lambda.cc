#include "server/optimizer/evolution/one_plus_lambda.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/status_macros.h"
#include "server/optimizer/evolution/batch_builder.h"
#include "server/optimizer/evolution/option_checks.h"
#include "server/optimizer/evolution/prior_scale.h"

namespace evoke {
namespace {

constexpr double kSmallestStep = 1e-10;

// The share of successful children at which the step size stays.
double TargetRate(int lambda) { return 1 / (5 + std::sqrt(lambda) / 2); }

bool IsCategorical(const LatentDimension& d) {
  return d.kind == LatentDimension::Kind::kCategorical;
}

}  // namespace

absl::Status OnePlusLambdaOptions::Validate() const {
  EVOKE_RETURN_IF_ERROR(CheckOption("one_plus_lambda.lambda", lambda, 1, 4096));
  return CheckOption("one_plus_lambda.mutation_rate", mutation_rate, 0, 1);
}

OnePlusLambda::OnePlusLambda(const OnePlusLambdaOptions& options, LatentSpace space, uint64_t seed)
    : BatchOptimizer(std::move(space)),
      options_(options),
      rng_(MixSeed({seed, HashText("one_plus_lambda")})),
      success_rate_(TargetRate(options.lambda)) {
  for (int i = 0; i < this->space().size(); ++i) {
    const LatentDimension& d = this->space().dimensions[i];
    if (d.lower == d.upper) continue;
    free_dimensions_.push_back(i);
    if (!IsCategorical(d)) moving_ += options.mutation_rate > 0 ? options.mutation_rate : 1;
  }
  // A step in many coordinates is to be as long as one in a single one.
  step_size_ = 1 / std::sqrt(std::max(1.0, moving_));
}

absl::StatusOr<std::vector<LatentPoint>> OnePlusLambda::Propose() {
  BatchBuilder batch(space(), archive());
  parent_ = archive().AllEqual() || free_dimensions_.empty() ? -1 : archive().Best();
  if (parent_ < 0) {
    batch.FillFromPrior(options_.lambda, rng_);
  } else {
    const LatentPoint& parent = archive().entry(parent_).point;
    batch.Fill(options_.lambda, rng_, [&] { return Child(parent); });
  }
  EVOKE_ASSIGN_OR_RETURN(proposal_, std::move(batch).Finish("one_plus_lambda"));
  return proposal_;
}

void OnePlusLambda::Learn(absl::Span<const int> ids, bool adopted) {
  if (parent_ < 0) return;
  double measured = 0, successes = 0;
  for (int id : ProposedIds(archive(), proposal_, ids)) {
    if (!archive().measured(id)) continue;
    ++measured;
    successes += archive().IsBetter(id, parent_);
  }
  if (measured == 0) return;
  const double target = TargetRate(options_.lambda);
  const double memory = target * options_.lambda / (2 + target * options_.lambda);
  success_rate_ = (1 - memory) * success_rate_ + memory * successes / measured;
  const double damping = 1 + moving_ / (2 * options_.lambda);
  step_size_ *= std::exp((success_rate_ - target) / (1 - target) / damping);
  step_size_ = std::clamp(step_size_, kSmallestStep, 1 / kSmallestStep);
}

LatentPoint OnePlusLambda::Child(const LatentPoint& parent) {
  LatentPoint child = parent;
  bool mutated = false;
  for (int i : free_dimensions_) {
    double rate = options_.mutation_rate;
    if (rate == 0 && IsCategorical(space().dimensions[i])) {
      rate = 1 / static_cast<double>(free_dimensions_.size());
    } else if (rate == 0) {
      rate = 1;
    }
    if (rng_.Uniform() >= rate) continue;
    child[i] = Mutated(i, child[i]);
    mutated = true;
  }
  if (!mutated) {
    const int i = free_dimensions_[rng_.Index(static_cast<int>(free_dimensions_.size()))];
    child[i] = Mutated(i, child[i]);
  }
  return child;
}

double OnePlusLambda::Mutated(int i, double value) {
  const LatentDimension& d = space().dimensions[i];
  if (IsCategorical(d)) {
    const int other = rng_.Index(d.levels - 1);
    return other + (other >= value);
  }
  return std::clamp(value + step_size_ * PriorDeviation(d) * rng_.Normal(), d.lower, d.upper);
}

}  // namespace evoke
