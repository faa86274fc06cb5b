// The optimizer's settings as an operator writes them, in the optimizer's own terms.
#ifndef EVOKE_SERVER_OPTIMIZER_OPTIMIZER_SPEC_H_
#define EVOKE_SERVER_OPTIMIZER_OPTIMIZER_SPEC_H_

#include <memory>

#include "absl/status/statusor.h"
#include "evoke/v1/experiment.pb.h"
#include "server/optimizer/factory.h"

namespace evoke {

// Method and options of a spec; the options are checked too. INVALID_ARGUMENT names the field.
absl::StatusOr<OptimizerOptions> OptimizerOptionsOf(const v1::OptimizerSpec& spec);

// The optimizer that a spec describes, replicates included, with the spec's seed. The spec's budget
// and stop rules are the caller's matter. As CreateOptimizer() (factory.h).
absl::StatusOr<std::unique_ptr<Optimizer>> CreateOptimizer(
    const v1::OptimizerSpec& spec, const LatentSpace& space,
    std::shared_ptr<const Generator> generator = nullptr);

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_OPTIMIZER_SPEC_H_
