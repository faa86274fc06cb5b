// What an experiment does, in words.
#ifndef EVOKE_CLIENTS_CONTROL_EXPERIMENT_TEXT_H_
#define EVOKE_CLIENTS_CONTROL_EXPERIMENT_TEXT_H_

#include <string>

#include "evoke/v1/experiment.pb.h"

namespace evoke {

// "TT-cross" or "random search"
std::string AlgorithmText(const v1::OptimizerSpec& optimizer);

// The score's unit: "spikes per trial", "spikes/s", with "above baseline" or "weighted" where it
// is.
std::string ScoreUnit(const v1::ObjectiveSpec& objective);

// A few lines, each with a heading: search, confirmation, generator, timing, objective, who. Takes
// an experiment as the server returns it, with all defaults.
std::string PlanText(const v1::Experiment& experiment);

}  // namespace evoke

#endif  // EVOKE_CLIENTS_CONTROL_EXPERIMENT_TEXT_H_
