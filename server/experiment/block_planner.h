// Makes the record of a planned block.
#ifndef EVOKE_SERVER_EXPERIMENT_BLOCK_PLANNER_H_
#define EVOKE_SERVER_EXPERIMENT_BLOCK_PLANNER_H_

#include <map>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "evoke/v1/event.pb.h"
#include "evoke/v1/experiment.pb.h"
#include "server/experiment/stimulus_table.h"
#include "server/experiment/trial_queue.h"
#include "server/latent/latent_space.h"

namespace evoke {

// Used once: what is to be shown is added, then Finish() gives the block. Stimuli that are new get
// names, and stand in it without what their images tell (StimulusSource::RenderNew()). Not
// thread-safe.
class BlockPlanner {
 public:
  // The block after `experiment`'s latest. Both must outlive the planner.
  BlockPlanner(const v1::Experiment& experiment, const StimulusTable& stimuli,
               v1::Generation::Kind kind);

  // A candidate of the search `site`. One that is added again is still shown
  // presentation.repeats times, and belongs to the first search that wanted it.
  void AddCandidate(const LatentPoint& point, int site);
  // Blanks, and the reference pictures whose turn it is.
  void AddControls(absl::Span<const std::string> references);
  // To be measured anew, for the search `site`: a point, or a stimulus that was shown before.
  void AddConfirmation(const LatentPoint& point, int site);
  void AddConfirmation(const std::string& stimulus, int site);

  // The block, with its trials in the order in which they are shown; they follow those in `trials`.
  v1::Generation Finish(const TrialQueue& trials) &&;

 private:
  struct Showing {
    v1::Trial::Kind kind = v1::Trial::KIND_UNSPECIFIED;
    int times = 0;
    int site = 0;
  };

  std::string StimulusOf(const LatentPoint& point);
  void AddControl(const std::string& id, v1::Trial::Kind kind, int times);

  const v1::Experiment& experiment_;
  const StimulusTable& stimuli_;
  v1::Generation block_;
  std::map<LatentPoint, std::string> new_points_;
  std::map<std::string, Showing> showings_;  // by stimulus
};

}  // namespace evoke

#endif  // EVOKE_SERVER_EXPERIMENT_BLOCK_PLANNER_H_
