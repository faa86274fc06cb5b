// Scores in the coordinates in which a model of them is fitted.
#ifndef EVOKE_SERVER_OPTIMIZER_MODEL_SCORE_SCALE_H_
#define EVOKE_SERVER_OPTIMIZER_MODEL_SCORE_SCALE_H_

#include <vector>

#include "server/optimizer/observation_archive.h"

namespace evoke {

// Mean 0 and deviation 1 over all measured points. Scores whose variance is known and which are not
// negative are counts, or rates: of those the root is taken first (Anscombe 1948), after which
// Poisson noise has the same variance everywhere. Other scores are taken as they are, and the noise
// of a trial as equal for all: its variance is the mean over all points. Immutable.
class ScoreScale {
 public:
  // Of the archive's measured points, at least one.
  explicit ScoreScale(const ObservationArchive& archive);

  // False: nothing is known of the noise, or there is none.
  bool noise_known() const { return trial_noise_ > 0; }
  double ToModel(double score) const;
  double FromModel(double value) const;
  // How many scores one unit of the model is at `value`.
  double SlopeAt(double value) const;
  // Variance of the mean of this many trials, in the model's units.
  double NoiseOf(int trials) const { return trial_noise_ / trials; }

 private:
  double Root(double score) const;

  double fano_ = 0;  // variance over mean of a trial; 0: no root is taken
  double mean_ = 0;
  double deviation_ = 1;
  double trial_noise_ = 0;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_MODEL_SCORE_SCALE_H_
