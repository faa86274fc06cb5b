#include "clients/control/experiment_record.h"

#include "absl/strings/str_format.h"
#include "common/resource_name.h"
#include "common/status_macros.h"

namespace evoke {

const v1::Stimulus* ExperimentRecord::FindStimulus(const std::string& name) const {
  const auto it = stimuli_.find(name);
  return it == stimuli_.end() ? nullptr : &it->second;
}

bool ExperimentRecord::ended() const {
  return experiment_.state() == v1::Experiment::STATE_SUCCEEDED ||
         experiment_.state() == v1::Experiment::STATE_STOPPED ||
         experiment_.state() == v1::Experiment::STATE_FAILED;
}

absl::Status ExperimentRecord::Add(const v1::ExperimentEvent& event) {
  absl::Status status;
  if (event.sequence() != last_sequence_ + 1) {
    status = absl::DataLossError(absl::StrFormat("follows event %d", last_sequence_));
  } else {
    switch (event.event_case()) {
      case v1::ExperimentEvent::kExperiment:
        experiment_ = event.experiment();
        log_.push_back(event);
        break;
      case v1::ExperimentEvent::kGeneration:
        status = AddGeneration(event);
        break;
      case v1::ExperimentEvent::kTrial:
        status = AddTrial(event);
        break;
      case v1::ExperimentEvent::kComment:
        log_.push_back(event);
        break;
      default:  // late reports change nothing
        break;
    }
  }
  if (!status.ok()) {
    return absl::DataLossError(absl::StrFormat("%s, event %d: %s", experiment_.name(),
                                               event.sequence(), status.message()));
  }
  last_sequence_ = event.sequence();
  return absl::OkStatus();
}

absl::Status ExperimentRecord::AddGeneration(const v1::ExperimentEvent& event) {
  const v1::Generation& generation = event.generation();
  if (generation.state() == v1::Generation::STATE_COMPLETED) {
    if (generations_.empty() || generations_.back().planned.number() != generation.number()) {
      return absl::DataLossError("completes a generation that was not planned");
    }
    generations_.back().completed = generation;
    *experiment_.mutable_progress() = generation.progress();
    return absl::OkStatus();
  }
  GenerationEntry& entry = generations_.emplace_back();
  entry.planned = generation;
  entry.planned.clear_trials();
  entry.planned.clear_stimuli();
  for (const v1::Stimulus& stimulus : generation.stimuli()) stimuli_[stimulus.name()] = stimulus;
  for (const v1::Trial& trial : generation.trials()) {
    EVOKE_ASSIGN_OR_RETURN(const ParsedTrialName name, ParseTrialName(trial.name()));
    if (name.number != static_cast<int64_t>(trials_.size()) + 1) {
      return absl::DataLossError(absl::StrFormat("plans %s out of order", trial.name()));
    }
    trials_.push_back({trial, event.time()});
  }
  return absl::OkStatus();
}

absl::Status ExperimentRecord::AddTrial(const v1::ExperimentEvent& event) {
  EVOKE_ASSIGN_OR_RETURN(const ParsedTrialName name, ParseTrialName(event.trial().name()));
  if (name.number > static_cast<int64_t>(trials_.size())) {
    return absl::DataLossError(
        absl::StrFormat("changes %s, which was never planned", event.trial().name()));
  }
  TrialEntry& entry = trials_[name.number - 1];
  // z-scores come at the end of a block, long after the answer.
  const bool scored_later = entry.trial.state() == v1::Trial::STATE_SUCCEEDED;
  entry.trial = event.trial();
  if (!scored_later) entry.time = event.time();
  return absl::OkStatus();
}

}  // namespace evoke
