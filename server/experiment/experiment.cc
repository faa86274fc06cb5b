#include "server/experiment/experiment.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "common/random.h"
#include "common/resource_name.h"
#include "common/status_macros.h"
#include "server/experiment/block.h"
#include "server/experiment/spec.h"
#include "server/experiment/trial_rules.h"
#include "server/optimizer/optimizer_spec.h"

namespace evoke {
namespace {

constexpr char kBlank[] = "blank";

absl::StatusOr<int64_t> NumberOf(const std::string& trial) {
  EVOKE_ASSIGN_OR_RETURN(const ParsedTrialName parsed, ParseTrialName(trial));
  return parsed.number;
}

// The start points in their order; pictures that came to the same point show it once.
std::vector<LatentPoint> StartBatch(const v1::Experiment& spec) {
  std::vector<LatentPoint> batch;
  std::set<LatentPoint> seen;
  for (const v1::StartPoint& start : spec.start_points()) {
    LatentPoint point = FromProto(start.latent());
    if (seen.insert(point).second) batch.push_back(std::move(point));
  }
  return batch;
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
  EVOKE_ASSIGN_OR_RETURN(
      std::unique_ptr<Optimizer> optimizer,
      CreateOptimizer(spec.optimizer(), FromProto(spec.latent_space()), std::move(generator)));
  // They stand in the first event, so that a replayed search begins with the same.
  const std::vector<LatentPoint> start = StartBatch(spec);
  if (!start.empty()) EVOKE_RETURN_IF_ERROR(optimizer->Adopt(start));
  return std::unique_ptr<Experiment>(
      new Experiment(spec, std::move(references), std::move(optimizer)));
}

Experiment::Experiment(v1::Experiment snapshot, ReferenceNames references,
                       std::unique_ptr<Optimizer> optimizer)
    : snapshot_(std::move(snapshot)),
      references_(std::move(references)),
      optimizer_(std::move(optimizer)),
      noise_(snapshot_.objective()),
      stop_rules_(snapshot_.optimizer().stop()),
      last_sequence_(1) {
  UpdateProgress();
}

const v1::Stimulus* Experiment::FindStimulus(const std::string& name) const {
  const auto it = stimuli_.find(name);
  return it == stimuli_.end() ? nullptr : &it->second;
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
  for (const v1::Stimulus& stimulus : generation.stimuli()) {
    stimuli_[stimulus.name()] = stimulus;
    if (stimulus.has_latent()) stimulus_of_[FromProto(stimulus.latent())] = stimulus.name();
  }
  if (generation.kind() == v1::Generation::KIND_SEARCH) {
    std::vector<LatentPoint> shown;
    for (const std::string& name : generation.candidates()) {
      const v1::Stimulus* stimulus = FindStimulus(name);
      if (stimulus == nullptr) return absl::DataLossError(absl::StrCat("shows unknown ", name));
      shown.push_back(FromProto(stimulus->latent()));
    }
    if (optimizer_->ReplaysByAdopting()) {
      EVOKE_RETURN_IF_ERROR(optimizer_->Adopt(shown));
    } else {
      // Asked again on purpose: this is how a replayed optimizer comes to the state of the live
      // one.
      const absl::StatusOr<std::vector<LatentPoint>> batch = NextBatch();
      const bool diverged = !batch.ok() || *batch != shown;
      if (diverged) diverged_generations_.push_back(generation.number());
      const absl::StatusOr<std::vector<LatentPoint>> whole = optimizer_->Ask();
      if (!whole.ok() || *whole != shown) EVOKE_RETURN_IF_ERROR(optimizer_->Adopt(shown));
    }
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
    showings_[trial.stimulus()] = trial.repeat() + 1;
  }
  block_ = generation;
  snapshot_.mutable_progress()->set_generation(generation.number());
  return absl::OkStatus();
}

absl::Status Experiment::ApplyCompleted(const v1::Generation& generation) {
  if (!block_ || block_->number() != generation.number()) {
    return absl::DataLossError("completes a block that was not planned");
  }
  EVOKE_RETURN_IF_ERROR(TellBlock());
  if (first_generation_best_.empty()) first_generation_best_ = generation.best_stimulus();
  if (generation.has_recommendation()) {
    *snapshot_.mutable_progress()->mutable_best() = generation.recommendation();
  }
  if (generation.kind() == v1::Generation::KIND_SEARCH) {
    stop_rules_.OnCompleted(generation, candidate_trials_done_);
  }
  block_.reset();
  observations_.clear();
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

absl::StatusOr<std::vector<LatentPoint>> Experiment::NextBatch() {
  const v1::OptimizerSpec& spec = snapshot_.optimizer();
  const int64_t room =
      (spec.max_candidate_trials() - candidate_trials_done_) / snapshot_.presentation().repeats();
  const bool last_generation =
      spec.max_generations() > 0 && snapshot_.progress().generation() >= spec.max_generations();
  if (confirmed_ || room <= 0 || last_generation || !stop_rules_.reason().empty()) {
    return std::vector<LatentPoint>();
  }
  absl::StatusOr<std::vector<LatentPoint>> batch = optimizer_->Ask();
  if (absl::IsResourceExhausted(batch.status())) return std::vector<LatentPoint>();
  if (batch.ok() && static_cast<int64_t>(batch->size()) > room) batch->resize(room);
  return batch;
}

absl::StatusOr<v1::ExperimentEvent> Experiment::Plan() {
  if (block_) return PlanCompleted();
  EVOKE_ASSIGN_OR_RETURN(const std::vector<LatentPoint> batch, NextBatch());
  v1::ExperimentEvent event;
  v1::Generation& generation = *event.mutable_generation();
  generation.set_number(snapshot_.progress().generation() + 1);
  generation.set_state(v1::Generation::STATE_PLANNED);
  if (!batch.empty()) {
    PlanSearch(batch, generation);
    return event;
  }
  if (PlanConfirmation(generation)) return event;
  *event.mutable_experiment() = snapshot_;
  event.mutable_experiment()->set_state(v1::Experiment::STATE_SUCCEEDED);
  const std::string& stopped_by = stop_rules_.reason();
  event.mutable_experiment()->set_state_reason(
      stopped_by.empty() ? "the search is complete"
                         : absl::StrCat("the search is complete: ", stopped_by));
  return event;
}

void Experiment::PlanSearch(absl::Span<const LatentPoint> batch, v1::Generation& generation) const {
  const v1::PresentationSpec& spec = snapshot_.presentation();
  generation.set_kind(v1::Generation::KIND_SEARCH);
  std::map<std::string, std::pair<v1::Trial::Kind, int>> showings;
  for (const LatentPoint& point : batch) {
    const std::string name = StimulusOf(point, generation);
    generation.add_candidates(name);
    showings[name] = {v1::Trial::KIND_CANDIDATE, spec.repeats()};
  }
  const auto add_control = [&](const std::string& id, v1::Trial::Kind kind, int times) {
    const std::string name = StimulusName(snapshot_.name(), id);
    if (!stimuli_.contains(name) && !showings.contains(name)) {
      v1::Stimulus& stimulus = *generation.add_stimuli();
      stimulus.set_name(name);
      if (kind == v1::Trial::KIND_BLANK) {
        stimulus.set_blank(true);
      } else {
        stimulus.set_reference(std::string(absl::StripPrefix(id, "ref-")));
      }
    }
    auto& [shown_kind, count] = showings[name];
    shown_kind = kind;
    count += times;
  };
  if (spec.blanks_per_block() > 0) {
    add_control(kBlank, v1::Trial::KIND_BLANK, spec.blanks_per_block());
  }
  if (!references_.empty()) {
    const int all = static_cast<int>(references_.size());
    const int count = spec.references_per_block() == 0 ? all : spec.references_per_block();
    // In turn: each block goes on where the last one left off.
    const int64_t first = static_cast<int64_t>(generation.number() - 1) * count;
    for (int i = 0; i < count; ++i) {
      add_control("ref-" + references_[(first + i) % all], v1::Trial::KIND_REFERENCE, 1);
    }
  }
  PlanBlock(showings, generation);
}

bool Experiment::PlanConfirmation(v1::Generation& generation) const {
  const int repeats = snapshot_.presentation().confirmation_repeats();
  const absl::StatusOr<Recommendation> best = optimizer_->Best();
  if (confirmed_ || repeats == 0 || !best.ok()) return false;
  generation.set_kind(v1::Generation::KIND_CONFIRMATION);
  std::map<std::string, std::pair<v1::Trial::Kind, int>> showings;
  showings[StimulusOf(best->point, generation)] = {v1::Trial::KIND_CONFIRMATION, repeats};
  if (!first_generation_best_.empty()) {
    showings[first_generation_best_] = {v1::Trial::KIND_CONFIRMATION, repeats};
  }
  PlanBlock(showings, generation);
  return true;
}

std::string Experiment::StimulusOf(const LatentPoint& point, v1::Generation& generation) const {
  if (const auto it = stimulus_of_.find(point); it != stimulus_of_.end()) return it->second;
  const auto planned = std::count_if(generation.stimuli().begin(), generation.stimuli().end(),
                                     [](const v1::Stimulus& s) { return s.has_latent(); });
  v1::Stimulus& stimulus = *generation.add_stimuli();
  stimulus.set_name(
      StimulusName(snapshot_.name(), absl::StrCat(stimulus_of_.size() + planned + 1)));
  *stimulus.mutable_latent() = ToProto(point);
  return stimulus.name();
}

void Experiment::PlanBlock(const std::map<std::string, std::pair<v1::Trial::Kind, int>>& showings,
                           v1::Generation& generation) const {
  std::vector<std::string> items;
  for (const auto& [stimulus, kind_and_count] : showings) {
    items.insert(items.end(), kind_and_count.second, stimulus);
  }
  const std::string previous = trials_.size() == 0 ? "" : trials_.Find(trials_.size())->stimulus();
  Rng rng(MixSeed({snapshot_.optimizer().seed(), HashText("block"),
                   static_cast<uint64_t>(generation.number())}));
  std::map<std::string, int> repeats = showings_;
  int64_t number = trials_.size();
  for (const std::string& stimulus : ShuffleBlock(std::move(items), previous, rng)) {
    v1::Trial& trial = *generation.add_trials();
    trial.set_name(TrialName(snapshot_.name(), ++number));
    trial.set_stimulus(stimulus);
    trial.set_generation(generation.number());
    trial.set_kind(showings.at(stimulus).first);
    trial.set_repeat(repeats[stimulus]++);
    trial.set_state(v1::Trial::STATE_PENDING);
  }
}

absl::Status Experiment::TellBlock() {
  if (!observations_.empty()) return absl::OkStatus();
  const auto block_trials = BlockTrials();
  if (block_->kind() == v1::Generation::KIND_CONFIRMATION) {
    for (const auto& [stimulus, trials] : block_trials) {
      observations_[stimulus] = NoiseModel(noise_).Observe(trials);
    }
    return absl::OkStatus();
  }
  std::vector<Observation> batch;
  for (const std::string& name : block_->candidates()) {
    observations_[name] = noise_.Observe(block_trials.at(name));
    batch.push_back(observations_[name]);
  }
  return optimizer_->Tell(batch);
}

std::map<std::string, std::vector<const v1::Trial*>> Experiment::BlockTrials() const {
  std::map<std::string, std::vector<const v1::Trial*>> trials;
  for (int64_t number = block_begin_; number <= trials_.size(); ++number) {
    const v1::Trial* trial = trials_.Find(number);
    trials[trial->stimulus()].push_back(trial);
  }
  return trials;
}

absl::StatusOr<v1::ExperimentEvent> Experiment::PlanCompleted() {
  EVOKE_RETURN_IF_ERROR(TellBlock());
  v1::ExperimentEvent event;
  v1::Generation& generation = *event.mutable_generation();
  generation.set_number(block_->number());
  generation.set_state(v1::Generation::STATE_COMPLETED);
  generation.set_kind(block_->kind());
  double sum = 0;
  int seen = 0;
  for (const auto& [stimulus, observation] : observations_) {
    if (observation.trials == 0) continue;
    if (seen == 0 || observation.score > generation.best_score()) {
      generation.set_best_score(observation.score);
      generation.set_best_stimulus(stimulus);
    }
    sum += observation.score;
    ++seen;
  }
  if (seen > 0) generation.set_mean_score(sum / seen);
  if (const absl::StatusOr<Recommendation> best = optimizer_->Best(); best.ok()) {
    v1::Estimate& estimate = *generation.mutable_recommendation();
    *estimate.mutable_latent() = ToProto(best->point);
    estimate.set_score(best->score);
    estimate.set_standard_error(best->standard_error);
    if (const auto it = stimulus_of_.find(best->point); it != stimulus_of_.end()) {
      estimate.set_stimulus(it->second);
    }
    // Measured anew, without the luck of having been chosen: that is the better estimate.
    const auto confirmed = observations_.find(estimate.stimulus());
    if (block_->kind() == v1::Generation::KIND_CONFIRMATION && confirmed != observations_.end() &&
        confirmed->second.trials > 0) {
      estimate.set_score(confirmed->second.score);
      estimate.set_standard_error(std::sqrt(confirmed->second.variance));
    }
  }
  *generation.mutable_progress() = snapshot_.progress();
  if (generation.has_recommendation()) {
    *generation.mutable_progress()->mutable_best() = generation.recommendation();
  }
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
  decision.events.push_back(TrialEvent(FailAttempt(snapshot_, *trials_.Find(trial), reason)));
  return decision;
}

absl::StatusOr<Decision> Experiment::DecidePresentation(
    int64_t trial, int attempt, const v1::Presentation& presentation) const {
  const v1::Trial* found = trials_.Find(trial);
  if (found == nullptr) return NoTrial(trial);
  v1::LateReport late;
  *late.mutable_presentation() = presentation;
  return DecideReport(*found, attempt, OnPresentation(snapshot_, *found, attempt, presentation),
                      std::move(late));
}

absl::StatusOr<Decision> Experiment::DecideResponse(int64_t trial, int attempt,
                                                    const v1::Response& response) const {
  const v1::Trial* found = trials_.Find(trial);
  if (found == nullptr) return NoTrial(trial);
  v1::LateReport late;
  *late.mutable_response() = response;
  return DecideReport(*found, attempt, OnResponse(snapshot_, *found, attempt, response),
                      std::move(late));
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
