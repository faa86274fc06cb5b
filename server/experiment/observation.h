// From the trials of one stimulus to what an optimizer is told.
#ifndef EVOKE_SERVER_EXPERIMENT_OBSERVATION_H_
#define EVOKE_SERVER_EXPERIMENT_OBSERVATION_H_

#include "absl/types/span.h"
#include "evoke/v1/trial.pb.h"
#include "server/experiment/objective.h"
#include "server/optimizer/optimizer.h"

namespace evoke {

// Learns how noisy the scores of one site are from stimuli that were shown more than once. Spikes
// are taken as Poisson (Objective::PoissonVariance()) times a Fano factor, which is 1 until
// residuals of repeats have measured it. Not thread-safe.
class NoiseModel {
 public:
  // `objective` must outlive the model.
  NoiseModel(const Objective* objective, int site) : objective_(objective), site_(site) {}

  // Of the stimulus' successful trials; all others are passed over. With none, it is lost.
  Observation Estimate(absl::Span<const v1::Trial* const> trials) const;
  // The same, after learning from the repeats given: they count for later observations too.
  Observation Observe(absl::Span<const v1::Trial* const> trials);

  double fano_factor() const;

 private:
  double ScoreOf(const v1::Trial& trial) const;

  const Objective* const objective_;
  const int site_;
  double residual_sum_ = 0;  // of squared residuals, corrected for the mean's degrees of freedom
  double poisson_sum_ = 0;   // what Poisson counts would have given
};

}  // namespace evoke

#endif  // EVOKE_SERVER_EXPERIMENT_OBSERVATION_H_
