// The state machine of one experiment. It is its event log: the same events give the same state.
#ifndef EVOKE_SERVER_EXPERIMENT_EXPERIMENT_H_
#define EVOKE_SERVER_EXPERIMENT_EXPERIMENT_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "evoke/v1/event.pb.h"
#include "evoke/v1/report.pb.h"
#include "server/experiment/observation.h"
#include "server/experiment/stop_rules.h"
#include "server/experiment/trial_queue.h"
#include "server/experiment/trial_rules.h"
#include "server/generator/generator.h"
#include "server/optimizer/optimizer.h"

namespace evoke {

// The pictures of an experiment's reference set, by file name; sorted.
using ReferenceNames = std::vector<std::string>;

// What was decided: events to record and then Apply(), in order. They lack sequence, time and
// session, which the recorder adds.
struct Decision {
  v1::ReportResult result;  // of reports only
  std::vector<v1::ExperimentEvent> events;
};

// Decide, record, apply: the Decide... and Plan... functions change nothing that Apply() does not
// redo, so that a decision that could not be recorded never happened. No clock, no I/O. Not
// thread-safe.
class Experiment {
 public:
  // From the first event, which carries the valid specification with all defaults, the latent space
  // and the points of the first block, if the search begins with pictures. INVALID_ARGUMENT if it
  // doesn't.
  // `generator`: for methods that search with it; others do without (nullptr).
  static absl::StatusOr<std::unique_ptr<Experiment>> Create(
      const v1::ExperimentEvent& created, ReferenceNames references,
      std::shared_ptr<const Generator> generator);

  // The next event of the log. DATA_LOSS, naming the event, if it contradicts the ones before it.
  // Where the optimizer would have proposed another batch than the event holds (another machine or
  // version wrote it), the event wins, and diverged_generations() grows.
  absl::Status Apply(const v1::ExperimentEvent& event);

  // The specification, state and progress.
  const v1::Experiment& snapshot() const { return snapshot_; }
  const TrialQueue& trials() const { return trials_; }
  int64_t last_sequence() const { return last_sequence_; }
  const std::vector<int>& diverged_generations() const { return diverged_generations_; }
  // nullptr if there is no such stimulus.
  const v1::Stimulus* FindStimulus(const std::string& name) const;
  bool ended() const;  // SUCCEEDED, STOPPED or FAILED

  // True once every trial has ended and nobody has said what comes next.
  bool NeedsPlan() const;
  // What comes next: a completed generation, then the next block, or the confirmation block, or the
  // end. New stimuli in the block lack what their images tell (StimulusSource::RenderNew()). Called
  // again after applying, until NeedsPlan() is false. An error of the optimizer is returned.
  absl::StatusOr<v1::ExperimentEvent> Plan();
  // Whether this is the end of a block of which no trial succeeded: going on would spend the budget
  // on whatever is wrong.
  static bool IsFruitless(const v1::ExperimentEvent& planned);
  // After an error of Plan() or of its stimuli's images.
  Decision DecideFailure(const absl::Status& error) const;

  Decision DecideLease(int64_t trial, const std::string& display, uint32_t sync_code) const;
  // NOT_FOUND: no such trial.
  absl::StatusOr<Decision> DecidePresentation(int64_t trial, int attempt,
                                              const v1::Presentation& presentation) const;
  absl::StatusOr<Decision> DecideResponse(int64_t trial, int attempt,
                                          const v1::Response& response) const;
  // A leased or presented trial whose attempt came to nothing.
  Decision DecideFailedAttempt(int64_t trial, const std::string& reason) const;
  // To ACTIVE, PAUSED, STOPPED or FAILED. Ending also cancels every open trial. No events if
  // nothing changes.
  Decision DecideState(v1::Experiment::State state, v1::Experiment::PauseCause cause,
                       const std::string& reason) const;

 private:
  Experiment(v1::Experiment snapshot, ReferenceNames references,
             std::unique_ptr<Optimizer> optimizer);

  absl::Status ApplyExperiment(const v1::Experiment& changed);
  absl::Status ApplyGeneration(const v1::Generation& generation);
  absl::Status ApplyPlanned(const v1::Generation& generation);
  absl::Status ApplyCompleted(const v1::Generation& generation);
  absl::Status ApplyTrial(const v1::Trial& trial);

  // The optimizer's next batch cut to the budget; empty once the search is over.
  absl::StatusOr<std::vector<LatentPoint>> NextBatch();
  void PlanSearch(absl::Span<const LatentPoint> batch, v1::Generation& generation) const;
  // False if there is nothing to confirm.
  bool PlanConfirmation(v1::Generation& generation) const;
  void PlanBlock(const std::map<std::string, std::pair<v1::Trial::Kind, int>>& showings,
                 v1::Generation& generation) const;
  std::string StimulusOf(const LatentPoint& point, v1::Generation& generation) const;
  absl::StatusOr<v1::ExperimentEvent> PlanCompleted();
  // Tells the optimizer of the completed block, once: the recommendation in the block's record
  // needs it before that record is applied.
  absl::Status TellBlock();
  std::map<std::string, std::vector<const v1::Trial*>> BlockTrials() const;  // by stimulus
  void UpdateProgress();
  absl::Status NoTrial(int64_t number) const;
  Decision DecideReport(const v1::Trial& trial, int attempt, TrialChange change,
                        v1::LateReport late) const;

  v1::Experiment snapshot_;
  const ReferenceNames references_;
  std::unique_ptr<Optimizer> optimizer_;
  NoiseModel noise_;
  StopRules stop_rules_;
  TrialQueue trials_;
  std::map<std::string, v1::Stimulus> stimuli_;
  std::map<LatentPoint, std::string> stimulus_of_;
  std::map<std::string, int> showings_;              // planned, per stimulus
  std::optional<v1::Generation> block_;              // planned and not completed
  int64_t block_begin_ = 1;                          // first trial of that block
  std::map<std::string, Observation> observations_;  // of that block, once told
  int candidate_trials_done_ = 0;
  bool confirmed_ = false;
  std::string first_generation_best_;
  std::set<std::string> late_reports_;  // serialized
  std::vector<int> diverged_generations_;
  int64_t last_sequence_ = 0;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_EXPERIMENT_EXPERIMENT_H_
