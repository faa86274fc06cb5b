#include "server/experiment/block_summary.h"

#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "server/latent/latent_proto.h"

namespace evoke {
namespace {

void SetObserved(const SiteSearch& search, v1::Generation& completed) {
  double sum = 0;
  int seen = 0;
  for (const auto& [stimulus, observation] : search.observations()) {
    if (observation.trials == 0) continue;
    sum += observation.score;
    ++seen;
  }
  if (seen == 0) return;
  completed.set_mean_score(sum / seen);
  completed.set_best_stimulus(search.BestObserved());
  completed.set_best_score(search.observations().at(completed.best_stimulus()).score);
}

// Without a latent point if there is nothing to recommend yet.
v1::Estimate Recommended(const SiteSearch& search, const std::string& site, bool confirmation,
                         const StimulusTable& stimuli) {
  v1::Estimate estimate;
  estimate.set_site(site);
  const absl::StatusOr<Recommendation> best = search.Best();
  if (!best.ok()) return estimate;
  *estimate.mutable_latent() = ToProto(best->point);
  estimate.set_score(best->score);
  estimate.set_standard_error(best->standard_error);
  if (const std::string* stimulus = stimuli.NameOf(best->point)) estimate.set_stimulus(*stimulus);
  const auto confirmed = search.observations().find(estimate.stimulus());
  if (confirmation && confirmed != search.observations().end() && confirmed->second.trials > 0) {
    estimate.set_score(confirmed->second.score);
    estimate.set_standard_error(std::sqrt(confirmed->second.variance));
  }
  return estimate;
}

void SetBestReference(const SiteSearch& search, const std::string& site, const TrialQueue& trials,
                      v1::Progress& progress) {
  std::map<std::string, std::vector<const v1::Trial*>> shown;
  for (const v1::Trial& trial : trials.all()) {
    if (trial.kind() == v1::Trial::KIND_REFERENCE) shown[trial.stimulus()].push_back(&trial);
  }
  progress.clear_best_reference();
  progress.clear_reference_ratio();
  for (const auto& [stimulus, showings] : shown) {
    const Observation answer = search.Estimate(showings);
    if (answer.trials == 0) continue;
    if (progress.has_best_reference() && answer.score <= progress.best_reference().score())
      continue;
    v1::Estimate& best = *progress.mutable_best_reference();
    best.set_stimulus(stimulus);
    best.set_score(answer.score);
    best.set_standard_error(std::sqrt(answer.variance));
    best.set_site(site);
  }
  if (progress.has_best() && progress.best_reference().score() > 0) {
    progress.set_reference_ratio(progress.best().score() / progress.best_reference().score());
  }
}

}  // namespace

v1::Generation SummarizeBlock(const v1::Experiment& experiment, const v1::Generation& block,
                              const Objective& objective,
                              absl::Span<const std::unique_ptr<SiteSearch>> searches,
                              const StimulusTable& stimuli, const TrialQueue& trials) {
  v1::Generation completed;
  completed.set_number(block.number());
  completed.set_state(v1::Generation::STATE_COMPLETED);
  completed.set_kind(block.kind());
  SetObserved(*searches[0], completed);
  const bool confirmation = block.kind() == v1::Generation::KIND_CONFIRMATION;
  const bool sites = !objective.spec().sites().empty();
  v1::Progress& progress = *completed.mutable_progress();
  progress = experiment.progress();
  for (size_t site = 0; site < searches.size(); ++site) {
    v1::Estimate best = Recommended(*searches[site], objective.SiteName(static_cast<int>(site)),
                                    confirmation, stimuli);
    if (sites) *completed.add_site_recommendations() = best;
    if (site > 0 || !best.has_latent()) continue;
    *completed.mutable_recommendation() = best;
    *progress.mutable_best() = std::move(best);
  }
  *progress.mutable_site_best() = completed.site_recommendations();
  SetBestReference(*searches[0], objective.SiteName(0), trials, progress);
  return completed;
}

}  // namespace evoke
