// Makes an optimizer from its settings.
#ifndef EVOKE_SERVER_OPTIMIZER_FACTORY_H_
#define EVOKE_SERVER_OPTIMIZER_FACTORY_H_

#include <cstdint>
#include <memory>
#include <variant>

#include "absl/status/statusor.h"
#include "server/optimizer/optimizer.h"
#include "server/optimizer/random_search.h"
#include "server/optimizer/tt_cross_options.h"

namespace evoke {

// The method is the alternative that is set.
using OptimizerOptions = std::variant<TtCrossOptions, RandomSearchOptions>;

// INVALID_ARGUMENT, naming the field or the dimension, if options or space are not valid. The
// optimizer keeps its own copy of both.
absl::StatusOr<std::unique_ptr<Optimizer>> CreateOptimizer(const OptimizerOptions& options,
                                                           const LatentSpace& space, uint64_t seed);

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_FACTORY_H_
