// The whole record of an experiment, folded from its events: what exports and reports are made
// from.
#ifndef EVOKE_CLIENTS_CONTROL_EXPERIMENT_RECORD_H_
#define EVOKE_CLIENTS_CONTROL_EXPERIMENT_RECORD_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "evoke/v1/event.pb.h"

namespace evoke {

// Filled by Add() with every event in order; not thread-safe.
class ExperimentRecord {
 public:
  struct TrialEntry {
    v1::Trial trial;                   // as it is after its latest event
    google::protobuf::Timestamp time;  // of the latest event
  };
  struct GenerationEntry {
    v1::Generation planned;    // without its trials and stimuli, which are below
    v1::Generation completed;  // STATE_UNSPECIFIED until it is
  };

  // DATA_LOSS, naming the event, if it does not follow the one before.
  absl::Status Add(const v1::ExperimentEvent& event);

  // The specification, and the state after the latest event.
  const v1::Experiment& experiment() const { return experiment_; }
  const std::vector<TrialEntry>& trials() const { return trials_; }  // trial n is at n - 1
  const std::vector<GenerationEntry>& generations() const { return generations_; }
  // State changes and comments, in order.
  const std::vector<v1::ExperimentEvent>& log() const { return log_; }
  // nullptr if there is none of this name.
  const v1::Stimulus* FindStimulus(const std::string& name) const;
  int64_t last_sequence() const { return last_sequence_; }
  bool ended() const;  // SUCCEEDED, STOPPED or FAILED

 private:
  absl::Status AddGeneration(const v1::ExperimentEvent& event);
  absl::Status AddTrial(const v1::ExperimentEvent& event);

  v1::Experiment experiment_;
  std::vector<TrialEntry> trials_;
  std::vector<GenerationEntry> generations_;
  std::map<std::string, v1::Stimulus> stimuli_;
  std::vector<v1::ExperimentEvent> log_;
  int64_t last_sequence_ = 0;
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_CONTROL_EXPERIMENT_RECORD_H_
