#include "server/experiment/site_search.h"

#include <set>
#include <utility>

#include "common/random.h"
#include "common/status_macros.h"
#include "server/latent/latent_proto.h"
#include "server/optimizer/optimizer_spec.h"

namespace evoke {
namespace {

// The start points in their order; pictures that came to the same point show it once.
std::vector<LatentPoint> StartBatch(const v1::Experiment& experiment) {
  std::vector<LatentPoint> batch;
  std::set<LatentPoint> seen;
  for (const v1::StartPoint& start : experiment.start_points()) {
    LatentPoint point = FromProto(start.latent());
    if (seen.insert(point).second) batch.push_back(std::move(point));
  }
  return batch;
}

absl::Status LearnEarlier(const v1::Experiment& experiment, Optimizer& optimizer) {
  std::vector<LatentPoint> points;
  std::vector<Observation> observations;
  // The best last: a method that learns batch by batch moves to what it was told last.
  for (int i = experiment.earlier_responses_size() - 1; i >= 0; --i) {
    const v1::EarlierResponse& earlier = experiment.earlier_responses(i);
    points.push_back(FromProto(earlier.latent()));
    observations.push_back(
        {.score = earlier.score(), .variance = earlier.variance(), .trials = earlier.trials()});
  }
  if (points.empty()) return absl::OkStatus();
  EVOKE_RETURN_IF_ERROR(optimizer.Adopt(points));
  return optimizer.Tell(observations);
}

// Methods whose distribution moves to the best of every batch, whoever proposed it.
bool TakesBatchesForItsOwn(const v1::OptimizerSpec& spec) {
  return spec.has_cma_es() || spec.has_tt_sampling();
}

}  // namespace

absl::StatusOr<std::unique_ptr<SiteSearch>> SiteSearch::Create(
    const v1::Experiment& experiment, int site, const Objective* objective,
    std::shared_ptr<const Generator> generator) {
  v1::OptimizerSpec spec = experiment.optimizer();
  if (!experiment.objective().sites().empty()) {
    spec.set_seed(MixSeed({spec.seed(), HashText("site"), static_cast<uint64_t>(site)}));
  }
  EVOKE_ASSIGN_OR_RETURN(
      std::unique_ptr<Optimizer> optimizer,
      CreateOptimizer(spec, FromProto(experiment.latent_space()), std::move(generator)));
  // Both stand in the first event, so that a replayed search begins with the same.
  EVOKE_RETURN_IF_ERROR(LearnEarlier(experiment, *optimizer));
  const std::vector<LatentPoint> start = StartBatch(experiment);
  if (!start.empty()) EVOKE_RETURN_IF_ERROR(optimizer->Adopt(start));
  return std::unique_ptr<SiteSearch>(new SiteSearch(std::move(optimizer), objective, site, spec,
                                                    !experiment.earlier_responses().empty()));
}

SiteSearch::SiteSearch(std::unique_ptr<Optimizer> optimizer, const Objective* objective, int site,
                       const v1::OptimizerSpec& spec, bool warm)
    : optimizer_(std::move(optimizer)),
      noise_(objective, site),
      stop_rules_(spec.stop()),
      warm_(warm),
      only_better_of_others_(TakesBatchesForItsOwn(spec)) {}

absl::StatusOr<std::vector<LatentPoint>> SiteSearch::Ask() {
  if (!stop_reason().empty()) return std::vector<LatentPoint>();
  absl::StatusOr<std::vector<LatentPoint>> batch = optimizer_->Ask();
  if (absl::IsResourceExhausted(batch.status())) return std::vector<LatentPoint>();
  return batch;
}

absl::Status SiteSearch::TakeShown(const std::vector<LatentPoint>& shown) {
  if (shown.empty()) return absl::OkStatus();
  if (!ReplaysByAdopting()) {
    // Asked again on purpose: this is how a replayed optimizer comes to the state of the live one.
    const absl::StatusOr<std::vector<LatentPoint>> whole = optimizer_->Ask();
    if (whole.ok() && *whole == shown) return absl::OkStatus();
  }
  return optimizer_->Adopt(shown);
}

std::vector<Observation> SiteSearch::Observe(absl::Span<const ShownStimulus> shown) {
  std::vector<Observation> batch;
  for (const ShownStimulus& stimulus : shown) {
    batch.push_back(noise_.Observe(stimulus.trials));
    observations_[stimulus.name] = batch.back();
    if (warm_) shown_.Record(stimulus.point, batch.back());
  }
  return batch;
}

absl::Status SiteSearch::Learn(absl::Span<const ShownStimulus> own,
                               absl::Span<const ShownStimulus> others) {
  std::set<std::string> counted;
  for (const ShownStimulus& stimulus : own) {
    if (counted.insert(stimulus.name).second) {
      candidate_trials_ += static_cast<int>(stimulus.trials.size());
    }
  }
  if (!own.empty()) EVOKE_RETURN_IF_ERROR(optimizer_->Tell(Observe(own)));
  if (others.empty()) return absl::OkStatus();
  const absl::StatusOr<Recommendation> best = optimizer_->Best();
  std::vector<LatentPoint> points;
  std::vector<Observation> learnt;
  const std::vector<Observation> observed = Observe(others);
  for (size_t i = 0; i < others.size(); ++i) {
    const bool better = observed[i].trials > 0 && (!best.ok() || observed[i].score > best->score);
    if (only_better_of_others_ && !better) continue;
    points.push_back(others[i].point);
    learnt.push_back(observed[i]);
  }
  if (points.empty()) return absl::OkStatus();
  EVOKE_RETURN_IF_ERROR(optimizer_->Adopt(points));
  return optimizer_->Tell(learnt);
}

void SiteSearch::Confirm(absl::Span<const ShownStimulus> shown) {
  for (const ShownStimulus& stimulus : shown) {
    observations_[stimulus.name] = NoiseModel(noise_).Observe(stimulus.trials);
  }
}

std::string SiteSearch::BestObserved() const {
  std::string best;
  double best_score = 0;
  for (const auto& [stimulus, observation] : observations_) {
    if (observation.trials == 0) continue;
    if (best.empty() || observation.score > best_score) {
      best = stimulus;
      best_score = observation.score;
    }
  }
  return best;
}

absl::StatusOr<Recommendation> SiteSearch::Best() const {
  absl::StatusOr<Recommendation> best = optimizer_->Best();
  if (!warm_ || !best.ok()) return best;
  const int id = shown_.Find(best->point);
  if (id >= 0 && shown_.measured(id)) return best;
  const int here = shown_.Best();
  if (here < 0) return absl::FailedPreconditionError("nothing was answered yet");
  const ObservationArchive::Estimate estimate = shown_.EstimateOf(here);
  return Recommendation{shown_.entry(here).point, estimate.score, estimate.standard_error};
}

void SiteSearch::EndBlock(v1::Generation::Kind kind, const v1::Estimate& best,
                          const std::string& best_observed) {
  if (first_generation_best_.empty()) first_generation_best_ = best_observed;
  if (kind == v1::Generation::KIND_SEARCH) stop_rules_.OnCompleted(best, candidate_trials_);
  observations_.clear();
}

}  // namespace evoke
