// One search of an experiment: that of a site, or the only one.
#ifndef EVOKE_SERVER_EXPERIMENT_SITE_SEARCH_H_
#define EVOKE_SERVER_EXPERIMENT_SITE_SEARCH_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "evoke/v1/event.pb.h"
#include "evoke/v1/experiment.pb.h"
#include "server/experiment/objective.h"
#include "server/experiment/observation.h"
#include "server/experiment/stop_rules.h"
#include "server/generator/generator.h"
#include "server/optimizer/observation_archive.h"
#include "server/optimizer/optimizer.h"

namespace evoke {

// A stimulus of a block that is complete, with its trials there.
struct ShownStimulus {
  std::string name;
  LatentPoint point;
  std::vector<const v1::Trial*> trials;
};

// An optimizer, how noisy its site answers, what came of the block at hand, and whether the search
// is over. A function of the specification and the blocks, so that a replay comes to the same
// state.
//
// After a warm start the optimizer knows points that were never shown here: of those none is
// recommended (another day, another state of the neuron).
//
// Not thread-safe.
class SiteSearch {
 public:
  // Of an experiment with all its defaults, as its first event describes it: the optimizer has
  // learnt earlier_responses, and begins with start_points. Sites have seeds of their own.
  // `objective` must outlive the search. Errors of CreateOptimizer(); INVALID_ARGUMENT: recorded
  // points outside the latent space.
  static absl::StatusOr<std::unique_ptr<SiteSearch>> Create(
      const v1::Experiment& experiment, int site, const Objective* objective,
      std::shared_ptr<const Generator> generator);

  // The next batch, the same until Learn(); empty once the search is over.
  absl::StatusOr<std::vector<LatentPoint>> Ask();
  // This was shown of the search's own: the batch, a part of it, or, of a record from another
  // machine or version, something else.
  absl::Status TakeShown(const std::vector<LatentPoint>& shown);
  // As Optimizer::ReplaysByAdopting().
  bool ReplaysByAdopting() const { return optimizer_->ReplaysByAdopting(); }

  // A block of the search is complete: what was shown of this search's own, in the order of its
  // batch, and of others'. All are answers to learn from, but for methods that would take others'
  // batches for generations of their own (CMA-ES, TT sampling): these learn of others' stimuli only
  // that are better than all they know.
  absl::Status Learn(absl::Span<const ShownStimulus> own, absl::Span<const ShownStimulus> others);
  // The confirmation block is complete. It is not learnt from: it measures what was learnt.
  void Confirm(absl::Span<const ShownStimulus> shown);
  // Of the block's stimuli, by name, from Learn() or Confirm() until EndBlock().
  const std::map<std::string, Observation>& observations() const { return observations_; }
  // The block's best stimulus by what was observed there; empty if every one was lost.
  std::string BestObserved() const;
  // Without learning anything.
  Observation Estimate(absl::Span<const v1::Trial* const> trials) const {
    return noise_.Estimate(trials);
  }

  // The best stimulus by estimate. FAILED_PRECONDITION before the first answer.
  absl::StatusOr<Recommendation> Best() const;

  // The completed block was recorded: `best` is its recommendation (without a latent point if there
  // was none), `best_observed` the block's best stimulus.
  void EndBlock(v1::Generation::Kind kind, const v1::Estimate& best,
                const std::string& best_observed);
  const std::string& first_generation_best() const { return first_generation_best_; }
  // Which stop rule has ended the search; empty if none has.
  const std::string& stop_reason() const { return stop_rules_.reason(); }

 private:
  SiteSearch(std::unique_ptr<Optimizer> optimizer, const Objective* objective, int site,
             const v1::OptimizerSpec& spec, bool warm);
  std::vector<Observation> Observe(absl::Span<const ShownStimulus> shown);

  const std::unique_ptr<Optimizer> optimizer_;
  NoiseModel noise_;
  StopRules stop_rules_;
  const bool warm_;
  const bool only_better_of_others_;
  ObservationArchive shown_;  // what was shown here; of warm-started searches only
  std::map<std::string, Observation> observations_;
  int candidate_trials_ = 0;  // of the search's own stimuli
  std::string first_generation_best_;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_EXPERIMENT_SITE_SEARCH_H_
