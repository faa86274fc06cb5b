#include "tests/control/event_script.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/random.h"
#include "common/resource_name.h"
#include "gtest/gtest.h"
#include "tests/support/specs.h"

namespace evoke {

EventScript::EventScript(v1::Experiment spec) : experiment_(std::move(spec)) {
  experiment_.set_state(v1::Experiment::STATE_ACTIVE);
  experiment_.mutable_create_time()->set_seconds(absl::ToUnixSeconds(time_));
  *Next().mutable_experiment() = experiment_;
}

ExperimentRecord EventScript::Record() const {
  ExperimentRecord record;
  for (const v1::ExperimentEvent& event : events_) {
    const absl::Status status = record.Add(event);
    EXPECT_TRUE(status.ok()) << status;
  }
  return record;
}

std::string EventScript::Stimulus(const std::string& id) const {
  return StimulusName(experiment_.name(), id);
}

v1::ExperimentEvent& EventScript::Next() {
  v1::ExperimentEvent& event = events_.emplace_back();
  event.set_sequence(static_cast<int64_t>(events_.size()));
  const int64_t nanos = absl::ToUnixNanos(time_);
  event.mutable_time()->set_seconds(nanos / 1'000'000'000);
  event.mutable_time()->set_nanos(static_cast<int32_t>(nanos % 1'000'000'000));
  event.set_session(session_);
  return event;
}

void EventScript::AddTrial(v1::Generation& generation, const std::string& id,
                           v1::Trial::Kind kind) {
  v1::Trial trial;
  trial.set_name(TrialName(experiment_.name(), static_cast<int64_t>(trials_.size()) + 1));
  trial.set_stimulus(Stimulus(id));
  trial.set_generation(generation.number());
  trial.set_kind(kind);
  trial.set_repeat(repeats_[id]++);
  trial.set_state(v1::Trial::STATE_PENDING);
  trials_.push_back(trial);
  *generation.add_trials() = trial;
}

void EventScript::PlanSearch(const std::map<std::string, std::vector<double>>& candidates,
                             const std::vector<std::string>& controls) {
  v1::Generation& generation = *Next().mutable_generation();
  generation.set_number(++generation_);
  generation.set_state(v1::Generation::STATE_PLANNED);
  generation.set_kind(kind_ = v1::Generation::KIND_SEARCH);
  for (const auto& [id, point] : candidates) {
    generation.add_candidates(Stimulus(id));
    if (!std::exchange(known_[id], true)) {
      v1::Stimulus& stimulus = *generation.add_stimuli();
      stimulus.set_name(Stimulus(id));
      stimulus.mutable_latent()->mutable_values()->Assign(point.begin(), point.end());
    }
    AddTrial(generation, id, v1::Trial::KIND_CANDIDATE);
  }
  for (const std::string& id : controls) {
    const bool blank = id == "blank";
    if (!std::exchange(known_[id], true)) {
      v1::Stimulus& stimulus = *generation.add_stimuli();
      stimulus.set_name(Stimulus(id));
      if (blank) {
        stimulus.set_blank(true);
      } else {
        stimulus.set_reference(id.substr(4));
      }
    }
    AddTrial(generation, id, blank ? v1::Trial::KIND_BLANK : v1::Trial::KIND_REFERENCE);
  }
}

void EventScript::PlanConfirmation(const std::vector<std::string>& ids, int repeats) {
  v1::Generation& generation = *Next().mutable_generation();
  generation.set_number(++generation_);
  generation.set_state(v1::Generation::STATE_PLANNED);
  generation.set_kind(kind_ = v1::Generation::KIND_CONFIRMATION);
  for (int i = 0; i < repeats; ++i) {
    for (const std::string& id : ids) AddTrial(generation, id, v1::Trial::KIND_CONFIRMATION);
  }
}

void EventScript::Complete(const std::string& best_id, double best_score,
                           const std::string& recommended_id, double estimate,
                           double standard_error) {
  v1::Generation& generation = *Next().mutable_generation();
  generation.set_number(generation_);
  generation.set_state(v1::Generation::STATE_COMPLETED);
  generation.set_kind(kind_);
  generation.set_mean_score(best_score / 2);
  generation.set_best_score(best_score);
  generation.set_best_stimulus(Stimulus(best_id));
  v1::Estimate& recommendation = *generation.mutable_recommendation();
  if (!recommended_id.empty()) recommendation.set_stimulus(Stimulus(recommended_id));
  recommendation.set_score(estimate);
  recommendation.set_standard_error(standard_error);
  generation.mutable_progress()->set_candidate_trials_done(candidates_done_);
  generation.mutable_progress()->set_generation(generation_);
}

void EventScript::ChangeTrial(v1::Trial trial) {
  const auto number = ParseTrialName(trial.name())->number;
  trials_[number - 1] = trial;
  *Next().mutable_trial() = std::move(trial);
}

void EventScript::Lease(int number) {
  v1::Trial trial = trials_[number - 1];
  trial.set_state(v1::Trial::STATE_LEASED);
  trial.clear_state_reason();
  trial.clear_presentation();
  trial.clear_response();
  trial.set_attempt(trial.attempt() + 1);
  trial.set_display("clients/screen");
  trial.set_sync_code(static_cast<uint32_t>(events_.size()));
  ChangeTrial(std::move(trial));
}

void EventScript::Present(int number) {
  v1::Trial trial = trials_[number - 1];
  trial.set_state(v1::Trial::STATE_PRESENTED);
  *trial.mutable_presentation() = CompletedPresentation("clients/screen");
  trial.mutable_presentation()->mutable_onset()->set_session_nanos(number * 1'000'000'007LL);
  trial.mutable_presentation()->mutable_onset()->set_session(session_);
  trial.mutable_presentation()->mutable_onset()->set_uncertainty_nanos(80'001);
  trial.mutable_presentation()->set_refresh_hz(59.951);
  ChangeTrial(std::move(trial));
}

void EventScript::Answer(int number, const std::vector<uint32_t>& counts) {
  v1::Trial trial = trials_[number - 1];
  trial.set_state(v1::Trial::STATE_SUCCEEDED);
  // In another order than the objective's, as a backend may.
  v1::Response& response = *trial.mutable_response();
  for (int i = static_cast<int>(counts.size()) - 1; i >= 0; --i) {
    response.add_units(experiment_.objective().units(i).unit());
    response.add_spike_counts(counts[i]);
    if (experiment_.objective().has_baseline_window()) response.add_baseline_counts(counts[i] / 2);
  }
  response.set_backend("clients/sim");
  trial.set_score(std::accumulate(counts.begin(), counts.end(), 0.0));
  candidates_done_ += trial.kind() == v1::Trial::KIND_CANDIDATE;
  ChangeTrial(std::move(trial));
}

void EventScript::Run(int number, const std::vector<uint32_t>& counts) {
  Lease(number);
  Present(number);
  Answer(number, counts);
}

void EventScript::State(v1::Experiment::State state, const std::string& reason) {
  experiment_.set_state(state);
  experiment_.set_state_reason(reason);
  *Next().mutable_experiment() = experiment_;
}

void EventScript::Comment(const std::string& author, const std::string& text) {
  v1::Comment& comment = *Next().mutable_comment();
  comment.set_author(author);
  comment.set_text(text);
}

EventScript RealisticRun(const std::string& name, bool tt_cross, int generations, int batch,
                         double gain, uint64_t seed) {
  v1::Experiment spec = SmallSpec();
  spec.set_name(name);
  spec.mutable_optimizer()->set_max_candidate_trials(generations * batch);
  if (tt_cross) spec.mutable_optimizer()->mutable_tt_cross();
  spec.mutable_presentation()->set_confirmation_repeats(20);
  EventScript script(spec);
  Rng rng(seed);
  const auto id_of = [](int n) { return absl::StrFormat("%04d", n); };
  std::map<std::string, double> rates;
  std::string first_best, recommended;
  double best_mean = 0;
  int stimuli = 0;
  for (int g = 1; g <= generations; ++g) {
    const double level = 3 + gain * (1 - std::exp(-4.0 * g / generations));
    std::map<std::string, std::vector<double>> candidates;
    for (int i = 0; i < batch; ++i) {
      const std::string id = id_of(++stimuli);
      rates[id] = std::max(0.3, level * rng.Uniform(0.2, 1.0));
      candidates[id] = {rates[id], rng.Uniform(), std::floor(rng.Uniform(0, 64))};
    }
    const int first_trial = script.trial_count() + 1;
    script.PlanSearch(candidates, {"blank"});
    std::string best;
    double best_score = -1;
    for (int n = first_trial; n <= script.trial_count(); ++n) {
      const std::string id = ParseStimulusName(script.trial(n).stimulus())->id;
      script.Advance(absl::Milliseconds(120));
      const auto count = static_cast<uint32_t>(rng.Poisson(id == "blank" ? 0.5 : rates[id]));
      script.Run(n, {count});
      if (id != "blank" && count > best_score) {
        best = id;
        best_score = count;
      }
      if (id != "blank" && rates[id] > best_mean) {
        best_mean = rates[id];
        recommended = id;
      }
    }
    if (g == 1) first_best = best;
    const double error = std::sqrt(best_mean) / std::sqrt(1 + g / 4.0);
    script.Complete(best, best_score, recommended, best_mean + error * 0.4 * rng.Normal(), error);
  }
  const int first_trial = script.trial_count() + 1;
  script.PlanConfirmation({first_best, recommended}, 20);
  for (int n = first_trial; n <= script.trial_count(); ++n) {
    script.Advance(absl::Milliseconds(120));
    const std::string id = ParseStimulusName(script.trial(n).stimulus())->id;
    script.Run(n, {static_cast<uint32_t>(rng.Poisson(rates[id]))});
  }
  script.Complete(recommended, rates[recommended], recommended, rates[recommended], 0.9);
  script.State(v1::Experiment::STATE_SUCCEEDED, "the search is complete");
  return script;
}

}  // namespace evoke
