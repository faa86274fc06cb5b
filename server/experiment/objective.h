// From a response to the number that is maximised.
#ifndef EVOKE_SERVER_EXPERIMENT_OBJECTIVE_H_
#define EVOKE_SERVER_EXPERIMENT_OBJECTIVE_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/types/span.h"
#include "evoke/v1/experiment.pb.h"
#include "evoke/v1/trial.pb.h"

namespace evoke {

// INVALID_ARGUMENT, naming the field, if the response does not answer for exactly the objective's
// units, holds counts as well as rates, lacks counts that the objective needs, or holds a number
// that is not finite. `objective` has all its defaults (WithDefaults()).
absl::Status CheckResponse(const v1::ObjectiveSpec& objective, const v1::Response& response);

// Scores responses: each unit's spike count in the latency window (or what rates come to in it),
// less the baseline or z-scored if asked; combined over the units of a site by weighted sum or by
// norm; per second of the window if the firing rate is the measure. A z-score has no unit: the
// measure makes no difference to it.
//
// A z-score is (count - m) / s. m and s are mean and standard deviation of the unit's baseline, of
// spikes in a time as long as the latency window: a baseline window that is 1 / r as long has its
// mean multiplied by r and its variance by r, as for counts of independent times. s is at least
// kLeastDeviation, so that a unit which is silent without a stimulus has a finite scale; with fewer
// than kTrialsForScale answers it is at least that of Poisson counts of mean m.
//
// Not thread-safe.
class Objective {
 public:
  static constexpr double kLeastDeviation = 0.5;  // spikes: a single one is worth at most 2
  static constexpr int kTrialsForScale = 4;

  // `spec` is valid and has all its defaults.
  explicit Objective(v1::ObjectiveSpec spec) : spec_(std::move(spec)) {}

  const v1::ObjectiveSpec& spec() const { return spec_; }
  // How many searches share the responses: 1 without sites.
  int sites() const { return spec_.sites().empty() ? 1 : spec_.sites_size(); }
  // Empty without sites.
  std::string SiteName(int site) const;

  // False until z-scores have their scale.
  bool ready() const { return !spec_.z_score() || !baselines_.empty(); }
  // Takes m and s of every unit from the successful ones of these trials; no effect if there are
  // none.
  void MeasureBaselines(absl::Span<const v1::Trial* const> trials);

  // Of a checked response; requires ready().
  double Score(int site, const v1::Response& response) const;
  // The variance that the score would have if spikes were Poisson: their number + 1/2 (the
  // posterior's under Jeffreys' prior). A norm's is that of its linearisation, with r^2 + variance
  // for r^2, which is finite where all r are 0. Rates come from networks without noise: 0. The
  // scale of z-scores is taken as known, since it is the same for all.
  double PoissonVariance(int site, const v1::Response& response) const;
  // Sets the trial's score, and with sites those of all; trial.site says which is its own.
  void ScoreTrial(v1::Trial& trial) const;

 private:
  struct Baseline {
    double mean = 0;
    double deviation = 1;
  };
  // What a unit answered, in spikes or deviations.
  struct Answer {
    double weight;
    double value;
    double variance;  // if it were Poisson
  };

  std::vector<Answer> Answers(int site, const v1::Response& response) const;
  // What scores are divided by: seconds for firing rates.
  double Divisor() const;

  const v1::ObjectiveSpec spec_;
  absl::flat_hash_map<std::string, Baseline> baselines_;  // by unit; of z-scores only
};

}  // namespace evoke

#endif  // EVOKE_SERVER_EXPERIMENT_OBJECTIVE_H_
