#include "server/experiment/observation.h"

namespace evoke {
namespace {

bool Succeeded(const v1::Trial& trial) { return trial.state() == v1::Trial::STATE_SUCCEEDED; }

}  // namespace

double NoiseModel::fano_factor() const {
  return poisson_sum_ > 0 ? residual_sum_ / poisson_sum_ : 1.0;
}

double NoiseModel::ScoreOf(const v1::Trial& trial) const {
  return trial.site_scores().empty() ? trial.score() : trial.site_scores(site_);
}

Observation NoiseModel::Estimate(absl::Span<const v1::Trial* const> trials) const {
  double sum = 0, poisson = 0;
  int n = 0;
  for (const v1::Trial* trial : trials) {
    if (!Succeeded(*trial)) continue;
    sum += ScoreOf(*trial);
    poisson += objective_->PoissonVariance(site_, trial->response());
    ++n;
  }
  if (n == 0) return {};
  return {.score = sum / n, .variance = fano_factor() * poisson / n / n, .trials = n};
}

Observation NoiseModel::Observe(absl::Span<const v1::Trial* const> trials) {
  const Observation before = Estimate(trials);
  if (before.trials < 2) return before;
  double squares = 0, poisson = 0;
  for (const v1::Trial* trial : trials) {
    if (!Succeeded(*trial)) continue;
    const double residual = ScoreOf(*trial) - before.score;
    squares += residual * residual;
    poisson += objective_->PoissonVariance(site_, trial->response());
  }
  if (poisson <= 0) return before;
  const double n = before.trials;
  residual_sum_ += squares;
  poisson_sum_ += poisson * (n - 1) / n;
  return Estimate(trials);
}

}  // namespace evoke
