#include "server/experiment/experiment.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/resource_name.h"
#include "common/status_macros.h"
#include "server/experiment/block_planner.h"
#include "server/experiment/block_summary.h"
#include "server/experiment/spec.h"
#include "server/experiment/trial_rules.h"

namespace evoke {
namespace {

absl::StatusOr<int64_t> NumberOf(const std::string& trial) {
  EVOKE_ASSIGN_OR_RETURN(const ParsedTrialName parsed, ParseTrialName(trial));
  return parsed.number;
}

v1::ExperimentEvent TrialEvent(v1::Trial trial) {
  v1::ExperimentEvent event;
  *event.mutable_trial() = std::move(trial);
  return event;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Experiment>> Experiment::Create(
    const v1::ExperimentEvent& created, ReferenceNames references,
    std::shared_ptr<const Generator> generator) {
  if (!created.has_experiment() || created.sequence() != 1) {
    return absl::InvalidArgumentError("an experiment begins with an event that describes it");
  }
  const v1::Experiment& spec = created.experiment();
  EVOKE_RETURN_IF_ERROR(ValidateSpec(spec));
  std::unique_ptr<Experiment> experiment(new Experiment(spec, std::move(references)));
  for (int site = 0; site < experiment->objective_.sites(); ++site) {
    EVOKE_ASSIGN_OR_RETURN(experiment->searches_.emplace_back(),
                           SiteSearch::Create(spec, site, &experiment->objective_, generator));
  }
  return experiment;
}

Experiment::Experiment(v1::Experiment snapshot, ReferenceNames references)
    : snapshot_(std::move(snapshot)),
      references_(std::move(references)),
      objective_(snapshot_.objective()),
      last_sequence_(1) {
  UpdateProgress();
}

bool Experiment::ended() const {
  return snapshot_.state() == v1::Experiment::STATE_SUCCEEDED ||
         snapshot_.state() == v1::Experiment::STATE_STOPPED ||
         snapshot_.state() == v1::Experiment::STATE_FAILED;
}

bool Experiment::NeedsPlan() const {
  return snapshot_.state() == v1::Experiment::STATE_ACTIVE && trials_.all_ended();
}

// ---- applying ----

absl::Status Experiment::Apply(const v1::ExperimentEvent& event) {
  const auto contradiction = [&](absl::string_view what) {
    return absl::DataLossError(
        absl::StrFormat("%s, event %d: %s", snapshot_.name(), event.sequence(), what));
  };
  if (event.sequence() != last_sequence_ + 1) {
    return contradiction(absl::StrCat("follows event ", last_sequence_));
  }
  absl::Status status;
  switch (event.event_case()) {
    case v1::ExperimentEvent::kExperiment:
      status = ApplyExperiment(event.experiment());
      break;
    case v1::ExperimentEvent::kGeneration:
      status = ApplyGeneration(event.generation());
      break;
    case v1::ExperimentEvent::kTrial:
      status = ApplyTrial(event.trial());
      break;
    case v1::ExperimentEvent::kLateReport:
      late_reports_.insert(event.late_report().SerializeAsString());
      break;
    case v1::ExperimentEvent::kComment:
      break;
    default:
      status = absl::DataLossError("is of an unknown kind");
  }
  if (!status.ok()) return contradiction(status.message());
  last_sequence_ = event.sequence();
  UpdateProgress();
  return absl::OkStatus();
}

absl::Status Experiment::ApplyExperiment(const v1::Experiment& changed) {
  snapshot_.set_state(changed.state());
  snapshot_.set_state_reason(changed.state_reason());
  snapshot_.set_pause_cause(changed.pause_cause());
  return absl::OkStatus();
}

absl::Status Experiment::ApplyGeneration(const v1::Generation& generation) {
  return generation.state() == v1::Generation::STATE_COMPLETED ? ApplyCompleted(generation)
                                                               : ApplyPlanned(generation);
}

absl::Status Experiment::ApplyPlanned(const v1::Generation& generation) {
  if (block_) return absl::DataLossError("plans a block before the last one was completed");
  for (const v1::Stimulus& stimulus : generation.stimuli()) stimuli_.Add(stimulus);
  if (generation.kind() == v1::Generation::KIND_SEARCH) {
    EVOKE_RETURN_IF_ERROR(ApplyShown(generation));
  } else {
    confirmed_ = true;
  }
  block_begin_ = trials_.size() + 1;
  for (const v1::Trial& trial : generation.trials()) {
    EVOKE_ASSIGN_OR_RETURN(const int64_t number, NumberOf(trial.name()));
    if (number != trials_.size() + 1) {
      return absl::DataLossError(absl::StrCat("plans ", trial.name(), " out of order"));
    }
    trials_.Add(trial);
    stimuli_.CountShowing(trial);
  }
  block_ = generation;
  told_ = false;
  snapshot_.mutable_progress()->set_generation(generation.number());
  return absl::OkStatus();
}

absl::Status Experiment::ApplyShown(const v1::Generation& generation) {
  int64_t of_sites = 0;
  bool plausible = generation.site_candidates().empty()
                       ? objective_.sites() == 1
                       : generation.site_candidates_size() == objective_.sites();
  for (const int32_t count : generation.site_candidates()) {
    plausible &= count >= 0;
    of_sites += count;
  }
  if (!plausible || of_sites > generation.candidates_size()) {
    return absl::DataLossError("does not say whose its candidates are");
  }
  Batches shown;
  for (const std::vector<std::string>& names : CandidatesOf(generation)) {
    std::vector<LatentPoint>& points = shown.emplace_back();
    for (const std::string& name : names) {
      const v1::Stimulus* stimulus = FindStimulus(name);
      if (stimulus == nullptr) return absl::DataLossError(absl::StrCat("shows unknown ", name));
      points.push_back(FromProto(stimulus->latent()));
    }
  }
  shown.pop_back();
  if (!searches_[0]->ReplaysByAdopting()) {
    const absl::StatusOr<Batches> batches = NextBatches();
    if (!batches.ok() || *batches != shown) diverged_generations_.push_back(generation.number());
  }
  for (size_t site = 0; site < searches_.size(); ++site) {
    EVOKE_RETURN_IF_ERROR(searches_[site]->TakeShown(shown[site]));
  }
  return absl::OkStatus();
}

absl::Status Experiment::ApplyCompleted(const v1::Generation& generation) {
  if (!block_ || block_->number() != generation.number()) {
    return absl::DataLossError("completes a block that was not planned");
  }
  EVOKE_RETURN_IF_ERROR(TellBlock());
  v1::Progress& progress = *snapshot_.mutable_progress();
  const v1::Progress& recorded = generation.progress();
  if (generation.has_recommendation()) *progress.mutable_best() = generation.recommendation();
  *progress.mutable_site_best() = generation.site_recommendations();
  if (recorded.has_best_reference()) {
    *progress.mutable_best_reference() = recorded.best_reference();
  }
  progress.clear_reference_ratio();
  if (recorded.has_reference_ratio()) progress.set_reference_ratio(recorded.reference_ratio());
  for (int site = 0; site < objective_.sites(); ++site) {
    const v1::Estimate& best = site < generation.site_recommendations_size()
                                   ? generation.site_recommendations(site)
                                   : generation.recommendation();
    SiteSearch& search = *searches_[site];
    search.EndBlock(generation.kind(), best,
                    site == 0 ? generation.best_stimulus() : search.BestObserved());
  }
  block_.reset();
  return absl::OkStatus();
}

absl::Status Experiment::ApplyTrial(const v1::Trial& trial) {
  EVOKE_ASSIGN_OR_RETURN(const int64_t number, NumberOf(trial.name()));
  if (trials_.Find(number) == nullptr) {
    return absl::DataLossError(absl::StrCat("changes ", trial.name(), ", which was never planned"));
  }
  if (trial.kind() == v1::Trial::KIND_CANDIDATE) {
    candidate_trials_done_ += Ended(trial.state()) - Ended(trials_.Find(number)->state());
  }
  trials_.Update(number, trial);
  return absl::OkStatus();
}

void Experiment::UpdateProgress() {
  v1::Progress& p = *snapshot_.mutable_progress();
  p.set_candidate_trials_done(candidate_trials_done_);
  p.set_candidate_trials_max(snapshot_.optimizer().max_candidate_trials());
  p.set_trials_done(static_cast<int32_t>(trials_.ended()));
  p.set_trials_planned(static_cast<int32_t>(trials_.size()));
}

// ---- planning ----

int64_t Experiment::Room() const {
  const v1::OptimizerSpec& spec = snapshot_.optimizer();
  const bool last_generation =
      spec.max_generations() > 0 && snapshot_.progress().generation() >= spec.max_generations();
  if (confirmed_ || last_generation) return 0;
  return std::max<int64_t>(0, (spec.max_candidate_trials() - candidate_trials_done_) /
                                  snapshot_.presentation().repeats());
}

absl::StatusOr<Experiment::Batches> Experiment::NextBatches() {
  Batches batches(searches_.size());
  const auto room = static_cast<size_t>(Room());
  if (room == 0) return batches;
  size_t total = 0;
  for (size_t site = 0; site < searches_.size(); ++site) {
    EVOKE_ASSIGN_OR_RETURN(batches[site], searches_[site]->Ask());
    total += batches[site].size();
  }
  for (; total > room; --total) {
    std::max_element(batches.rbegin(), batches.rend(), [](const auto& a, const auto& b) {
      return a.size() < b.size();
    })->pop_back();
  }
  return batches;
}

absl::StatusOr<std::vector<v1::ExperimentEvent>> Experiment::Plan() {
  std::vector<v1::ExperimentEvent> events;
  if (block_) {
    events = ScoreBlock();
    if (!events.empty()) return events;
    EVOKE_ASSIGN_OR_RETURN(events.emplace_back(), PlanCompleted());
    return events;
  }
  EVOKE_ASSIGN_OR_RETURN(const Batches batches, NextBatches());
  v1::ExperimentEvent& event = events.emplace_back();
  const bool any =
      std::any_of(batches.begin(), batches.end(), [](const auto& b) { return !b.empty(); });
  *event.mutable_generation() = any ? PlanSearch(batches) : PlanConfirmation();
  if (event.generation().trials().empty()) event = PlanEnd();
  return events;
}

v1::Generation Experiment::PlanSearch(const Batches& batches) const {
  BlockPlanner planner(snapshot_, stimuli_, v1::Generation::KIND_SEARCH);
  size_t total = 0;
  for (size_t site = 0; site < batches.size(); ++site) {
    for (const LatentPoint& point : batches[site]) {
      planner.AddCandidate(point, static_cast<int>(site));
    }
    total += batches[site].size();
  }
  // What was best on an earlier day is shown once more, before anything is built on it.
  const bool again = snapshot_.earlier_responses_size() > 0 && stimuli_.latent_points() == 0 &&
                     static_cast<int64_t>(total) < Room();
  if (again) planner.AddCandidate(FromProto(snapshot_.earlier_responses(0).latent()), 0);
  planner.AddControls(references_);
  v1::Generation block = std::move(planner).Finish(trials_);
  if (again || !objective_.spec().sites().empty()) {
    for (const auto& batch : batches) block.add_site_candidates(static_cast<int>(batch.size()));
  }
  return block;
}

v1::Generation Experiment::PlanConfirmation() const {
  if (confirmed_ || snapshot_.presentation().confirmation_repeats() == 0) return {};
  BlockPlanner planner(snapshot_, stimuli_, v1::Generation::KIND_CONFIRMATION);
  for (int site = 0; site < objective_.sites(); ++site) {
    const SiteSearch& search = *searches_[site];
    const absl::StatusOr<Recommendation> best = search.Best();
    if (!best.ok()) continue;
    planner.AddConfirmation(best->point, site);
    if (!search.first_generation_best().empty()) {
      planner.AddConfirmation(search.first_generation_best(), site);
    }
  }
  return std::move(planner).Finish(trials_);
}

v1::ExperimentEvent Experiment::PlanEnd() const {
  std::string stopped_by;
  for (int site = 0; site < objective_.sites(); ++site) {
    const std::string& reason = searches_[site]->stop_reason();
    if (reason.empty()) continue;
    const std::string name = objective_.SiteName(site);
    absl::StrAppend(&stopped_by, stopped_by.empty() ? ": " : "; ", name, name.empty() ? "" : ": ",
                    reason);
  }
  v1::ExperimentEvent event;
  *event.mutable_experiment() = snapshot_;
  event.mutable_experiment()->set_state(v1::Experiment::STATE_SUCCEEDED);
  event.mutable_experiment()->set_state_reason(absl::StrCat("the search is complete", stopped_by));
  return event;
}

// ---- completing a block ----

std::vector<const v1::Trial*> Experiment::BlockTrials() const {
  std::vector<const v1::Trial*> trials;
  for (int64_t number = block_begin_; number <= trials_.size(); ++number) {
    trials.push_back(trials_.Find(number));
  }
  return trials;
}

std::vector<std::vector<std::string>> Experiment::CandidatesOf(const v1::Generation& block) const {
  std::vector<std::vector<std::string>> candidates;
  int next = 0;
  for (int site = 0; site < objective_.sites(); ++site) {
    const int count =
        block.site_candidates().empty() ? block.candidates_size() : block.site_candidates(site);
    candidates.emplace_back(block.candidates().begin() + next,
                            block.candidates().begin() + next + count);
    next += count;
  }
  candidates.emplace_back(block.candidates().begin() + next, block.candidates().end());
  return candidates;
}

std::vector<v1::ExperimentEvent> Experiment::ScoreBlock() const {
  std::vector<v1::ExperimentEvent> events;
  if (objective_.ready()) return events;
  const std::vector<const v1::Trial*> trials = BlockTrials();
  Objective scaled = objective_;
  scaled.MeasureBaselines(trials);
  for (const v1::Trial* trial : trials) {
    if (trial->state() != v1::Trial::STATE_SUCCEEDED || trial->has_score()) continue;
    v1::Trial scored = *trial;
    scaled.ScoreTrial(scored);
    events.push_back(TrialEvent(std::move(scored)));
  }
  return events;
}

absl::Status Experiment::TellBlock() {
  if (std::exchange(told_, true)) return absl::OkStatus();
  if (!objective_.ready()) objective_.MeasureBaselines(BlockTrials());
  std::map<std::string, ShownStimulus> shown;  // by name
  for (const v1::Trial* trial : BlockTrials()) {
    shown[trial->stimulus()].trials.push_back(trial);
  }
  for (auto& [name, stimulus] : shown) {
    stimulus.name = name;
    stimulus.point = FromProto(FindStimulus(name)->latent());
  }
  if (block_->kind() == v1::Generation::KIND_CONFIRMATION) {
    std::vector<ShownStimulus> all;
    for (const auto& [name, stimulus] : shown) all.push_back(stimulus);
    for (const auto& search : searches_) search->Confirm(all);
    return absl::OkStatus();
  }
  const std::vector<std::vector<std::string>> candidates = CandidatesOf(*block_);
  for (size_t site = 0; site < searches_.size(); ++site) {
    std::vector<ShownStimulus> own, others;
    std::set<std::string> known;
    for (const std::string& name : candidates[site]) {
      own.push_back(shown.at(name));
      known.insert(name);
    }
    for (const std::string& name : block_->candidates()) {
      if (known.insert(name).second) others.push_back(shown.at(name));
    }
    EVOKE_RETURN_IF_ERROR(searches_[site]->Learn(own, others));
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::ExperimentEvent> Experiment::PlanCompleted() {
  EVOKE_RETURN_IF_ERROR(TellBlock());
  v1::ExperimentEvent event;
  *event.mutable_generation() =
      SummarizeBlock(snapshot_, *block_, objective_, searches_, stimuli_, trials_);
  return event;
}

// ---- deciding ----

Decision Experiment::DecideLease(int64_t trial, const std::string& display,
                                 uint32_t sync_code) const {
  Decision decision;
  decision.events.push_back(TrialEvent(Lease(*trials_.Find(trial), display, sync_code)));
  return decision;
}

Decision Experiment::DecideFailedAttempt(int64_t trial, const std::string& reason) const {
  Decision decision;
  decision.events.push_back(
      TrialEvent(FailAttempt(snapshot_, *trials_.Find(trial), reason, trials_.Aborts(trial))));
  return decision;
}

absl::StatusOr<Decision> Experiment::DecidePresentation(
    int64_t trial, int attempt, const v1::Presentation& presentation) const {
  const v1::Trial* found = trials_.Find(trial);
  if (found == nullptr) return NoTrial(trial);
  v1::LateReport late;
  *late.mutable_presentation() = presentation;
  return DecideReport(
      *found, attempt,
      OnPresentation(snapshot_, *found, attempt, presentation, trials_.Aborts(trial)),
      std::move(late));
}

absl::StatusOr<Decision> Experiment::DecideResponse(int64_t trial, int attempt,
                                                    const v1::Response& response) const {
  const v1::Trial* found = trials_.Find(trial);
  if (found == nullptr) return NoTrial(trial);
  v1::LateReport late;
  *late.mutable_response() = response;
  TrialChange change = OnResponse(snapshot_, *found, attempt, response, trials_.Aborts(trial));
  // z-scores of the first block have to wait for its end.
  if (change.trial && change.trial->state() == v1::Trial::STATE_SUCCEEDED && objective_.ready()) {
    objective_.ScoreTrial(*change.trial);
    const auto& sites = change.trial->site_scores();
    if (!std::isfinite(change.trial->score()) ||
        !std::all_of(sites.begin(), sites.end(), [](double s) { return std::isfinite(s); })) {
      change = Rejected("response: too large to be scored");
    }
  }
  return DecideReport(*found, attempt, std::move(change), std::move(late));
}

absl::Status Experiment::NoTrial(int64_t number) const {
  return absl::NotFoundError(absl::StrFormat("%s: there is no trial %d; %d were planned so far",
                                             snapshot_.name(), number, trials_.size()));
}

Decision Experiment::DecideReport(const v1::Trial& trial, int attempt, TrialChange change,
                                  v1::LateReport late) const {
  Decision decision;
  decision.result = std::move(change.result);
  if (change.trial) {
    decision.events.push_back(TrialEvent(*std::move(change.trial)));
  } else if (decision.result.disposition() == v1::ReportResult::DISPOSITION_LATE) {
    late.set_trial(trial.name());
    late.set_attempt(attempt);
    if (late_reports_.contains(late.SerializeAsString())) {
      decision.result.set_disposition(v1::ReportResult::DISPOSITION_DUPLICATE);
    } else {
      *decision.events.emplace_back().mutable_late_report() = std::move(late);
    }
  }
  return decision;
}

bool Experiment::IsFruitless(const v1::ExperimentEvent& planned) {
  return planned.generation().state() == v1::Generation::STATE_COMPLETED &&
         planned.generation().best_stimulus().empty();
}

Decision Experiment::DecideFailure(const absl::Status& error) const {
  return DecideState(v1::Experiment::STATE_FAILED, v1::Experiment::PAUSE_CAUSE_UNSPECIFIED,
                     std::string(error.message()));
}

Decision Experiment::DecideState(v1::Experiment::State state, v1::Experiment::PauseCause cause,
                                 const std::string& reason) const {
  Decision decision;
  // An absence may get another reason; what the operator did keeps its own.
  const bool same =
      state == snapshot_.state() && cause == snapshot_.pause_cause() &&
      (reason == snapshot_.state_reason() || cause == v1::Experiment::PAUSE_CAUSE_UNSPECIFIED ||
       cause == v1::Experiment::PAUSE_CAUSE_OPERATOR);
  if (ended() || same) return decision;
  if (state == v1::Experiment::STATE_STOPPED || state == v1::Experiment::STATE_FAILED) {
    for (const v1::Trial& trial : trials_.all()) {
      if (Ended(trial.state())) continue;
      v1::Trial cancelled = trial;
      cancelled.set_state(v1::Trial::STATE_CANCELLED);
      cancelled.set_state_reason("the experiment was ended");
      decision.events.push_back(TrialEvent(std::move(cancelled)));
    }
  }
  v1::Experiment changed = snapshot_;
  changed.set_state(state);
  changed.set_pause_cause(cause);
  changed.set_state_reason(reason);
  *decision.events.emplace_back().mutable_experiment() = std::move(changed);
  return decision;
}

}  // namespace evoke
