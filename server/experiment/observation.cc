#include "server/experiment/observation.h"

#include <cmath>

#include "absl/time/time.h"
#include "server/experiment/spec.h"

namespace evoke {

double NoiseModel::fano_factor() const {
  return poisson_sum_ > 0 ? residual_sum_ / poisson_sum_ : 1.0;
}

double NoiseModel::PoissonVariance(const v1::Response& response) const {
  // Rates come from networks without noise.
  if (response.spike_counts_size() == 0) return 0;
  const auto seconds = [](const v1::ObjectiveSpec::Window& w) {
    return absl::ToDoubleSeconds(FromProto(w.end()) - FromProto(w.start()));
  };
  const double latency_s = seconds(objective_.latency_window());
  double variance = 0;
  for (const auto& unit : objective_.units()) {
    for (int i = 0; i < response.units_size(); ++i) {
      if (response.units(i) != unit.unit()) continue;
      double v = response.spike_counts(i) + 0.5;
      if (objective_.subtract_baseline()) {
        const double ratio = latency_s / seconds(objective_.baseline_window());
        v += ratio * ratio * (response.baseline_counts(i) + 0.5);
      }
      variance += unit.weight() * unit.weight() * v;
    }
  }
  const bool rate = objective_.measure() == v1::ObjectiveSpec::MEASURE_FIRING_RATE;
  return rate ? variance / (latency_s * latency_s) : variance;
}

Observation NoiseModel::Observe(absl::Span<const v1::Trial* const> trials) {
  double sum = 0, poisson = 0;
  int n = 0;
  for (const v1::Trial* trial : trials) {
    if (trial->state() != v1::Trial::STATE_SUCCEEDED) continue;
    sum += trial->score();
    poisson += PoissonVariance(trial->response());
    ++n;
  }
  if (n == 0) return {};
  const double mean = sum / n;
  if (n > 1 && poisson > 0) {
    double squares = 0;
    for (const v1::Trial* trial : trials) {
      if (trial->state() != v1::Trial::STATE_SUCCEEDED) continue;
      squares += (trial->score() - mean) * (trial->score() - mean);
    }
    residual_sum_ += squares;
    poisson_sum_ += poisson * (n - 1) / n;
  }
  return {.score = mean, .variance = fano_factor() * poisson / n / n, .trials = n};
}

}  // namespace evoke
