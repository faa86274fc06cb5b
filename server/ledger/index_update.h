// What an event changes in the index over an experiment's events: the one place that both ledgers
// derive it from, so that they can't differ.
#ifndef EVOKE_SERVER_LEDGER_INDEX_UPDATE_H_
#define EVOKE_SERVER_LEDGER_INDEX_UPDATE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "evoke/v1/event.pb.h"

namespace evoke {

// Points into the event that it was made from.
struct IndexUpdate {
  struct TrialRow {
    int64_t number = 0;
    std::string stimulus;  // id: the last part of the stimulus' name
    const v1::Trial* trial = nullptr;
  };
  struct StimulusRow {
    std::string id;
    int generation = 0;
    const v1::Stimulus* stimulus = nullptr;
  };

  const v1::Experiment* experiment = nullptr;  // the new snapshot, if the event carries one
  const v1::Progress* progress = nullptr;      // else its new progress, if the event carries that
  std::vector<TrialRow> trials;
  std::vector<StimulusRow> stimuli;

  bool changes_experiment() const { return experiment != nullptr || progress != nullptr; }
  // Brings a snapshot of the experiment up to date.
  void ApplyTo(v1::Experiment* snapshot) const;
};

// INVALID_ARGUMENT, naming the event, if it carries nothing, or a name in it is malformed or
// belongs to another experiment.
absl::StatusOr<IndexUpdate> MakeIndexUpdate(const std::string& experiment,
                                            const v1::ExperimentEvent& event);

// OK if `events` (not empty) may follow event `last_sequence` of `experiment`; 0: the experiment is
// not there yet. FAILED_PRECONDITION or ALREADY_EXISTS as Ledger::Append says.
absl::Status CheckSequence(const std::string& experiment, int64_t last_sequence,
                           absl::Span<const v1::ExperimentEvent> events);

// The stimulus as the index keeps it: without its image.
v1::Stimulus WithoutImage(const v1::Stimulus& stimulus);

}  // namespace evoke

#endif  // EVOKE_SERVER_LEDGER_INDEX_UPDATE_H_
