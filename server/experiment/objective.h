// From a response to the number that is maximised.
#ifndef EVOKE_SERVER_EXPERIMENT_OBJECTIVE_H_
#define EVOKE_SERVER_EXPERIMENT_OBJECTIVE_H_

#include "absl/status/statusor.h"
#include "evoke/v1/experiment.pb.h"
#include "evoke/v1/trial.pb.h"

namespace evoke {

// The weighted sum over the objective's units of their spike counts (or firing rates) in the
// latency window, less the baseline's if asked. INVALID_ARGUMENT, naming the field, if the response
// does not answer for exactly the objective's units, holds counts as well as rates, lacks counts
// that the objective needs, or holds a number that is not finite.
absl::StatusOr<double> Score(const v1::ObjectiveSpec& objective, const v1::Response& response);

}  // namespace evoke

#endif  // EVOKE_SERVER_EXPERIMENT_OBJECTIVE_H_
