// What the record says of a block that is complete.
#ifndef EVOKE_SERVER_EXPERIMENT_BLOCK_SUMMARY_H_
#define EVOKE_SERVER_EXPERIMENT_BLOCK_SUMMARY_H_

#include <memory>

#include "absl/types/span.h"
#include "evoke/v1/event.pb.h"
#include "evoke/v1/experiment.pb.h"
#include "server/experiment/objective.h"
#include "server/experiment/site_search.h"
#include "server/experiment/stimulus_table.h"
#include "server/experiment/trial_queue.h"

namespace evoke {

// The completed `block` of the experiment: its best and mean score (by the first search), each
// search's recommendation, and the progress so far with the best reference picture and how many
// times stronger the best stimulus drives. `searches` have learnt the block. Recommendations whose
// stimulus was shown in a confirmation block are estimated by what was measured there alone: anew,
// without the luck of having been chosen.
v1::Generation SummarizeBlock(const v1::Experiment& experiment, const v1::Generation& block,
                              const Objective& objective,
                              absl::Span<const std::unique_ptr<SiteSearch>> searches,
                              const StimulusTable& stimuli, const TrialQueue& trials);

}  // namespace evoke

#endif  // EVOKE_SERVER_EXPERIMENT_BLOCK_SUMMARY_H_
