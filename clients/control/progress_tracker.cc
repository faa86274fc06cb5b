#include "clients/control/progress_tracker.h"

#include <algorithm>

#include "clients/control/text.h"

namespace evoke {
namespace {

constexpr absl::Duration kWindow = absl::Seconds(10);
// For experiments with long trials, where the short window holds next to none.
constexpr absl::Duration kLongWindow = absl::Minutes(1);
constexpr int kFewTrials = 5;
// Less than this is too short to tell a rate.
constexpr absl::Duration kLeastWindow = absl::Seconds(1);

}  // namespace

void ProgressTracker::Add(const v1::ExperimentEvent& event, int64_t received_nanos) {
  const absl::Time time = ToTime(event.time());
  last_time_ = std::max(last_time_, time);
  last_received_nanos_ = received_nanos;
  switch (event.event_case()) {
    case v1::ExperimentEvent::kExperiment: {
      const bool was_active = experiment_.state() == v1::Experiment::STATE_ACTIVE;
      experiment_ = event.experiment();
      if (experiment_.progress().has_best()) best_ = experiment_.progress().best();
      if (experiment_.has_progress()) progress_ = experiment_.progress();
      if (!was_active && experiment_.state() == v1::Experiment::STATE_ACTIVE) {
        // A pause would count as slowness.
        active_since_ = time;
        ends_.clear();
      }
      break;
    }
    case v1::ExperimentEvent::kGeneration: {
      const v1::Generation& generation = event.generation();
      generation_ = generation.number();
      if (generation.has_recommendation()) best_ = generation.recommendation();
      if (generation.has_progress()) progress_ = generation.progress();
      if (generation.state() != v1::Generation::STATE_PLANNED) break;
      confirming_ = generation.kind() == v1::Generation::KIND_CONFIRMATION;
      if (confirming_) {
        confirmation_planned_ += generation.trials_size();
        break;
      }
      search_planned_ += generation.trials_size();
      candidates_planned_ +=
          std::count_if(generation.trials().begin(), generation.trials().end(),
                        [](const auto& t) { return t.kind() == v1::Trial::KIND_CANDIDATE; });
      break;
    }
    case v1::ExperimentEvent::kTrial:
      AddTrial(event.trial(), time);
      break;
    default:
      break;
  }
}

void ProgressTracker::AddTrial(const v1::Trial& trial, absl::Time time) {
  // A trial ends once; all that may come afterwards is its score.
  if (trial.state() != v1::Trial::STATE_SUCCEEDED && trial.state() != v1::Trial::STATE_INFEASIBLE) {
    return;
  }
  if (to_be_scored_.erase(trial.name()) > 0) return;
  if (trial.state() == v1::Trial::STATE_SUCCEEDED && !trial.has_score()) {
    to_be_scored_.insert(trial.name());
  }
  if (trial.kind() == v1::Trial::KIND_CONFIRMATION) {
    ++confirmation_ended_;
  } else {
    ++search_ended_;
  }
  candidates_ended_ += trial.kind() == v1::Trial::KIND_CANDIDATE;
  ends_.push_back(time);
  while (ends_.front() < time - kLongWindow) ends_.pop_front();
}

ProgressNow ProgressTracker::At(int64_t now_nanos) const {
  ProgressNow now;
  now.done = candidates_ended_;
  now.budget = experiment_.optimizer().max_candidate_trials();
  now.generation = generation_;
  now.confirming = confirming_;
  now.confirmation_done = confirmation_ended_;
  now.confirmation_planned = confirmation_planned_;
  now.best = best_;
  if (progress_.has_reference_ratio()) now.reference_ratio = progress_.reference_ratio();
  now.site_best.assign(progress_.site_best().begin(), progress_.site_best().end());
  if (experiment_.state() != v1::Experiment::STATE_ACTIVE) return now;
  const int64_t since = std::max<int64_t>(0, now_nanos - last_received_nanos_);
  now.rate = RateAt(last_time_ + absl::Nanoseconds(since));
  if (now.rate.value_or(0) > 0) now.left = absl::Seconds(TrialsLeft() / *now.rate);
  return now;
}

std::optional<double> ProgressTracker::RateAt(absl::Time now) const {
  const auto count = [&](absl::Duration window) {
    return ends_.end() - std::upper_bound(ends_.begin(), ends_.end(), now - window);
  };
  const absl::Duration window = count(kWindow) >= kFewTrials ? kWindow : kLongWindow;
  const absl::Duration watched = std::min(window, now - active_since_);
  if (watched < kLeastWindow) return std::nullopt;
  return static_cast<double>(count(watched)) / absl::ToDoubleSeconds(watched);
}

double ProgressTracker::TrialsLeft() const {
  const double open = static_cast<double>(search_planned_ - search_ended_);
  double search = 0;
  if (!confirming_ && candidates_planned_ > 0) {
    // Blocks to come hold as many controls for each candidate as those so far.
    const double per_candidate = static_cast<double>(search_planned_) / candidates_planned_;
    const int64_t candidates = experiment_.optimizer().max_candidate_trials() - candidates_planned_;
    search = std::max(0.0, candidates * per_candidate);
    if (const int most = experiment_.optimizer().max_generations(); most > 0) {
      const double per_generation = static_cast<double>(search_planned_) / generation_;
      search = std::min(search, std::max(0, most - generation_) * per_generation);
    }
    search += open;
  }
  const int64_t confirmation = confirming_
                                   ? confirmation_planned_
                                   : 2 * int64_t{experiment_.presentation().confirmation_repeats()};
  return search + static_cast<double>(std::max<int64_t>(0, confirmation - confirmation_ended_));
}

}  // namespace evoke
