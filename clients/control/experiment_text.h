// What an experiment does, in words.
#ifndef EVOKE_CLIENTS_CONTROL_EXPERIMENT_TEXT_H_
#define EVOKE_CLIENTS_CONTROL_EXPERIMENT_TEXT_H_

#include <string>

#include "absl/types/span.h"
#include "evoke/v1/experiment.pb.h"

namespace evoke {

// "TT-cross" or "random search"
std::string AlgorithmText(const v1::OptimizerSpec& optimizer);

// "v1 61.2 +- 2.0, v4 30 +- 3": each site's best.
std::string SitesText(absl::Span<const v1::Estimate> best);

// "ref-face.png, 12.1 +- 1.0; the best drives 1.83 times as strongly": what the best stimulus is
// compared with. Empty before a reference was answered.
std::string ReferenceText(const v1::Progress& progress);

// The score's unit: "spikes per trial", "spikes/s", with "above baseline", "weighted" or "norm
// of" where it is; "standard deviations above baseline" of z-scores.
std::string ScoreUnit(const v1::ObjectiveSpec& objective);

// A few lines, each with a heading: search, confirmation, generator, timing, objective, who. Takes
// an experiment as the server returns it, with all defaults.
std::string PlanText(const v1::Experiment& experiment);

}  // namespace evoke

#endif  // EVOKE_CLIENTS_CONTROL_EXPERIMENT_TEXT_H_
