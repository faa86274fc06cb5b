// One experiment run in this process: optimizer, generator, network and record, without a server.
#ifndef EVOKE_SIM_BACKEND_OFFLINE_OFFLINE_EXPERIMENT_H_
#define EVOKE_SIM_BACKEND_OFFLINE_OFFLINE_EXPERIMENT_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"
#include "server/experiment/block_images.h"
#include "server/experiment/experiment.h"
#include "server/experiment/stimulus_source.h"
#include "server/ledger/ledger.h"
#include "sim_backend/backend/simulated_neurons.h"
#include "sim_backend/offline/measured_network.h"
#include "sim_backend/offline/phase_times.h"
#include "sim_backend/offline/simulated_display.h"

namespace evoke {

// What experiments share. Everything pointed to must outlive them.
struct OfflineParts {
  Ledger* ledger = nullptr;
  const Clock* clock = nullptr;
  const Network* network = nullptr;
  std::shared_ptr<const Generator> generator;  // shared with the experiments' stimulus sources
  NeuronOptions neurons;
  // Network and noise in words, for the record. An experiment goes on only with the same.
  std::string neurons_text;
  std::string model_dir;
  std::string reference_dir;
  std::string earlier_dir;  // of earlier records, for warm starts; empty: none
  std::string session;      // names this run of the program
  int batch = 64;           // trials that the network answers in one call
};

// The state machine of evoke-server (server/experiment/experiment.h), driven by this thread instead
// of by clients' reports: the same seed shows the same stimuli, draws the same spikes, and comes to
// the same recommendation as over the network. A batch of trials, from lease to response, is one
// transaction of the ledger, so that an interrupted run leaves no trial half done; a server can
// read the ledger, and go on with it. Not thread-safe; several may share the parts.
class OfflineExperiment {
 public:
  static constexpr char kBackend[] = "clients/simulated-neurons";
  static constexpr char kAuthor[] = "evoke-sim offline";

  // Creates experiments/{id} in the ledger, or goes on with the one that is there, also a finished
  // one. INVALID_ARGUMENT: the specification, or sizes or units that do not fit each other, naming
  // both sides. FAILED_PRECONDITION: the ledger's has another specification, network or noise.
  static absl::StatusOr<std::unique_ptr<OfflineExperiment>> Open(const std::string& id,
                                                                 const v1::Experiment& spec,
                                                                 const OfflineParts& parts);

  bool ended() const { return experiment_->ended(); }
  // Plans what comes next, or runs up to a batch of trials; what happened is on disk afterwards.
  // After an error the object is spent: the ledger holds the last whole step.
  absl::Status Step();
  // Records that the run was interrupted; no effect once it has ended.
  absl::Status Pause(const std::string& reason);

  const v1::Experiment& snapshot() const { return experiment_->snapshot(); }
  const StimulusSource& source() const { return source_; }
  int64_t presentations() const { return presentations_; }  // by this object
  const PhaseTimes& times() const { return times_; }        // of this object

 private:
  OfflineExperiment(const OfflineParts& parts, StimulusSource source,
                    std::unique_ptr<Experiment> experiment);

  // Records what the run has to say before its first step; `noted` is what an earlier run noted of
  // its neurons, empty if there was none.
  absl::Status Begin(const std::string& noted);
  absl::Status PlanAll();
  absl::Status RunBatch();
  absl::Status Answer(std::vector<v1::PresentationNotice> notices);
  v1::PresentationNotice NoticeOf(const v1::Trial& trial) const;
  // Applies the events, and keeps them for Record().
  absl::Status Take(std::vector<v1::ExperimentEvent> events);
  absl::Status Take(v1::Comment comment);
  absl::Status Record();

  const OfflineParts parts_;
  const StimulusSource source_;
  BlockImages images_;
  const std::unique_ptr<Experiment> experiment_;
  MeasuredNetwork network_;
  SimulatedNeurons neurons_;
  SimulatedDisplay display_;
  std::vector<v1::ExperimentEvent> unrecorded_;
  PhaseTimes times_;
  int64_t presentations_ = 0;
};

// The recorded events of an experiment, in order. Errors of the ledger.
absl::StatusOr<std::vector<v1::ExperimentEvent>> ReadAllEvents(const Ledger& ledger,
                                                               const std::string& name);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_OFFLINE_OFFLINE_EXPERIMENT_H_
