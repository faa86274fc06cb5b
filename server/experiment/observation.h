// From the trials of one candidate to what the optimizer is told.
#ifndef EVOKE_SERVER_EXPERIMENT_OBSERVATION_H_
#define EVOKE_SERVER_EXPERIMENT_OBSERVATION_H_

#include <vector>

#include "absl/types/span.h"
#include "evoke/v1/experiment.pb.h"
#include "evoke/v1/trial.pb.h"
#include "server/optimizer/optimizer.h"

namespace evoke {

// Learns how noisy the neuron is from candidates that were shown more than once. A spike count is
// taken as Poisson (variance count + 1/2, the posterior's under Jeffreys' prior) times a Fano
// factor, which is 1 until residuals of repeats have measured it. Not thread-safe.
class NoiseModel {
 public:
  explicit NoiseModel(const v1::ObjectiveSpec& objective) : objective_(objective) {}

  // The candidate's successful trials; all others are passed over. With none, a lost candidate.
  // Repeats given here count for later observations too.
  Observation Observe(absl::Span<const v1::Trial* const> trials);

  double fano_factor() const;

 private:
  double PoissonVariance(const v1::Response& response) const;  // of one trial's score

  const v1::ObjectiveSpec objective_;
  double residual_sum_ = 0;  // of squared residuals, corrected for the mean's degrees of freedom
  double poisson_sum_ = 0;   // what Poisson counts would have given
};

}  // namespace evoke

#endif  // EVOKE_SERVER_EXPERIMENT_OBSERVATION_H_
