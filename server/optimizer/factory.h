// Makes an optimizer from its settings.
#ifndef EVOKE_SERVER_OPTIMIZER_FACTORY_H_
#define EVOKE_SERVER_OPTIMIZER_FACTORY_H_

#include <cstdint>
#include <memory>
#include <variant>

#include "absl/status/statusor.h"
#include "server/generator/generator.h"
#include "server/optimizer/evolution/cma_es.h"
#include "server/optimizer/evolution/code_genetic.h"
#include "server/optimizer/evolution/genetic.h"
#include "server/optimizer/evolution/one_plus_lambda.h"
#include "server/optimizer/gradient/finite_difference.h"
#include "server/optimizer/gradient/natural_evolution.h"
#include "server/optimizer/model/model_search_options.h"
#include "server/optimizer/optimizer.h"
#include "server/optimizer/quasi_random_search.h"
#include "server/optimizer/random_search.h"
#include "server/optimizer/tensor_train/tt_sampling_options.h"
#include "server/optimizer/tt_cross_options.h"

namespace evoke {

// The method is the alternative that is set.
using OptimizerOptions =
    std::variant<TtCrossOptions, RandomSearchOptions, ModelSearchOptions, QuasiRandomOptions,
                 TtSamplingOptions, FiniteDifferenceOptions, NaturalEvolutionOptions,
                 GeneticOptions, CmaEsOptions, OnePlusLambdaOptions, CodeGeneticOptions>;

// INVALID_ARGUMENT, naming the field or the dimension, if options or space are not valid, or the
// method needs a generator and there is none. The optimizer keeps its own copy of both. `space` is
// the generator's, if there is one.
absl::StatusOr<std::unique_ptr<Optimizer>> CreateOptimizer(
    const OptimizerOptions& options, const LatentSpace& space, uint64_t seed,
    std::shared_ptr<const Generator> generator = nullptr);

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_FACTORY_H_
