// The state machine of one experiment. It is its event log: the same events give the same state.
#ifndef EVOKE_SERVER_EXPERIMENT_EXPERIMENT_H_
#define EVOKE_SERVER_EXPERIMENT_EXPERIMENT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "evoke/v1/event.pb.h"
#include "evoke/v1/report.pb.h"
#include "server/experiment/objective.h"
#include "server/experiment/site_search.h"
#include "server/experiment/stimulus_table.h"
#include "server/experiment/trial_queue.h"
#include "server/experiment/trial_rules.h"
#include "server/generator/generator.h"
#include "server/latent/latent_space.h"

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
  // From the first event, which carries the valid specification with all defaults, the latent
  // space, the points of the first block, if the search begins with pictures, and what an earlier
  // experiment knew, if it begins warm. INVALID_ARGUMENT if it doesn't.
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
  const v1::Stimulus* FindStimulus(const std::string& name) const { return stimuli_.Find(name); }
  bool ended() const;  // SUCCEEDED, STOPPED or FAILED

  // True once every trial has ended and nobody has said what comes next.
  bool NeedsPlan() const;
  // What comes next, to be recorded together: the scores of the first block's trials, where these
  // depend on all of them; else a completed generation, then the next block, or the confirmation
  // block, or the end. New stimuli in the block lack what their images tell
  // (StimulusSource::RenderNew()). Called again after applying, until NeedsPlan() is false. An
  // error of the optimizer is returned.
  absl::StatusOr<std::vector<v1::ExperimentEvent>> Plan();
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
  using Batches = std::vector<std::vector<LatentPoint>>;  // one for each search

  Experiment(v1::Experiment snapshot, ReferenceNames references);

  absl::Status ApplyExperiment(const v1::Experiment& changed);
  absl::Status ApplyGeneration(const v1::Generation& generation);
  absl::Status ApplyPlanned(const v1::Generation& generation);
  absl::Status ApplyShown(const v1::Generation& generation);
  absl::Status ApplyCompleted(const v1::Generation& generation);
  absl::Status ApplyTrial(const v1::Trial& trial);

  // How many candidates the budget still allows; 0 once the search is over.
  int64_t Room() const;
  // The searches' next batches, cut to the budget.
  absl::StatusOr<Batches> NextBatches();
  v1::Generation PlanSearch(const Batches& batches) const;
  // No trials if there is nothing to confirm.
  v1::Generation PlanConfirmation() const;
  v1::ExperimentEvent PlanEnd() const;
  absl::StatusOr<v1::ExperimentEvent> PlanCompleted();
  std::vector<v1::ExperimentEvent> ScoreBlock() const;
  // Tells the searches of the completed block, once: the recommendations in the block's record need
  // it before that record is applied.
  absl::Status TellBlock();
  std::vector<const v1::Trial*> BlockTrials() const;
  // A block's candidates by the search that proposed them; last, those that none of them did.
  std::vector<std::vector<std::string>> CandidatesOf(const v1::Generation& block) const;
  void UpdateProgress();
  absl::Status NoTrial(int64_t number) const;
  Decision DecideReport(const v1::Trial& trial, int attempt, TrialChange change,
                        v1::LateReport late) const;

  v1::Experiment snapshot_;
  const ReferenceNames references_;
  Objective objective_;
  std::vector<std::unique_ptr<SiteSearch>> searches_;  // one for each site, or one
  TrialQueue trials_;
  StimulusTable stimuli_;
  std::optional<v1::Generation> block_;  // planned and not completed
  int64_t block_begin_ = 1;              // first trial of that block
  bool told_ = false;                    // of that block
  int candidate_trials_done_ = 0;
  bool confirmed_ = false;
  std::set<std::string> late_reports_;  // serialized
  std::vector<int> diverged_generations_;
  int64_t last_sequence_ = 0;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_EXPERIMENT_EXPERIMENT_H_
