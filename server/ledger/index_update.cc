#include "server/ledger/index_update.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/resource_name.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

absl::Status Foreign(absl::string_view name, absl::string_view experiment) {
  return absl::InvalidArgumentError(absl::StrCat(name, " does not belong to ", experiment));
}

absl::Status AddTrial(const std::string& experiment, const v1::Trial& trial, IndexUpdate* update) {
  EVOKE_ASSIGN_OR_RETURN(const ParsedTrialName name, ParseTrialName(trial.name()));
  if (name.experiment != experiment) return Foreign(trial.name(), experiment);
  EVOKE_ASSIGN_OR_RETURN(ParsedStimulusName stimulus, ParseStimulusName(trial.stimulus()));
  if (stimulus.experiment != experiment) return Foreign(trial.stimulus(), experiment);
  update->trials.push_back({name.number, std::move(stimulus.id), &trial});
  return absl::OkStatus();
}

absl::Status AddGeneration(const std::string& experiment, const v1::Generation& generation,
                           IndexUpdate* update) {
  for (const v1::Stimulus& stimulus : generation.stimuli()) {
    EVOKE_ASSIGN_OR_RETURN(ParsedStimulusName name, ParseStimulusName(stimulus.name()));
    if (name.experiment != experiment) return Foreign(stimulus.name(), experiment);
    update->stimuli.push_back({std::move(name.id), generation.number(), &stimulus});
  }
  for (const v1::Trial& trial : generation.trials()) {
    EVOKE_RETURN_IF_ERROR(AddTrial(experiment, trial, update));
  }
  if (generation.has_progress()) update->progress = &generation.progress();
  return absl::OkStatus();
}

absl::Status AddEvent(const std::string& experiment, const v1::ExperimentEvent& event,
                      IndexUpdate* update) {
  switch (event.event_case()) {
    case v1::ExperimentEvent::kExperiment:
      if (event.experiment().name() != experiment) {
        return Foreign(absl::StrCat("\"", event.experiment().name(), "\""), experiment);
      }
      update->experiment = &event.experiment();
      return absl::OkStatus();
    case v1::ExperimentEvent::kGeneration:
      return AddGeneration(experiment, event.generation(), update);
    case v1::ExperimentEvent::kTrial:
      return AddTrial(experiment, event.trial(), update);
    case v1::ExperimentEvent::kLateReport:
    case v1::ExperimentEvent::kComment:
      return absl::OkStatus();
    case v1::ExperimentEvent::EVENT_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("it carries no change: set one of its fields");
}

}  // namespace

void IndexUpdate::ApplyTo(v1::Experiment* snapshot) const {
  if (experiment != nullptr) *snapshot = *experiment;
  if (progress != nullptr) *snapshot->mutable_progress() = *progress;
}

absl::StatusOr<IndexUpdate> MakeIndexUpdate(const std::string& experiment,
                                            const v1::ExperimentEvent& event) {
  IndexUpdate update;
  if (const absl::Status status = AddEvent(experiment, event, &update); !status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrFormat("event %d of %s: %s", event.sequence(), experiment, status.message()));
  }
  return update;
}

absl::Status CheckSequence(const std::string& experiment, int64_t last_sequence,
                           absl::Span<const v1::ExperimentEvent> events) {
  const bool creates = events.front().sequence() == 1 && events.front().has_experiment();
  if (creates && last_sequence > 0) {
    return absl::AlreadyExistsError(
        absl::StrCat(experiment, " is already in the ledger: choose another name"));
  }
  int64_t expected = last_sequence + 1;
  for (const v1::ExperimentEvent& event : events) {
    if (event.sequence() != expected) {
      return absl::FailedPreconditionError(absl::StrFormat(
          "event %d of %s can't be appended: the next one is %d; read the ledger again",
          event.sequence(), experiment, expected));
    }
    ++expected;
  }
  if (last_sequence == 0 && !creates) {
    return absl::FailedPreconditionError(
        absl::StrCat(experiment, " is not in the ledger: its first event carries the experiment"));
  }
  return absl::OkStatus();
}

v1::Stimulus WithoutImage(const v1::Stimulus& stimulus) {
  v1::Stimulus copy = stimulus;
  copy.clear_image();
  return copy;
}

}  // namespace evoke
