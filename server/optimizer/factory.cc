#include "server/optimizer/factory.h"

#include <utility>

#include "common/status_macros.h"
#include "server/optimizer/model/model_search.h"
#include "server/optimizer/tensor_train/tt_sampling.h"
#include "server/optimizer/tt_cross.h"

namespace evoke {
namespace {

// Methods that do not take every space have a check of it among their options.
template <typename Options>
absl::Status CheckSpace(const Options& options, const LatentSpace& space) {
  if constexpr (requires { options.CheckSpace(space); }) {
    return options.CheckSpace(space);
  } else {
    return absl::OkStatus();
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<Optimizer>> CreateOptimizer(
    const OptimizerOptions& options, const LatentSpace& space, uint64_t seed,
    std::shared_ptr<const Generator> generator) {
  EVOKE_RETURN_IF_ERROR(space.Validate());
  EVOKE_RETURN_IF_ERROR(std::visit([](const auto& o) { return o.Validate(); }, options));
  EVOKE_RETURN_IF_ERROR(std::visit([&](const auto& o) { return CheckSpace(o, space); }, options));
  if (const auto* tt_cross = std::get_if<TtCrossOptions>(&options)) {
    return std::make_unique<TtCross>(*tt_cross, space, seed);
  }
  if (const auto* model_search = std::get_if<ModelSearchOptions>(&options)) {
    if (generator == nullptr) {
      return absl::InvalidArgumentError(
          "model_search: needs a generator; name one, or another method");
    }
    return std::make_unique<ModelSearch>(*model_search, std::move(generator), seed);
  }
  if (const auto* tt_sampling = std::get_if<TtSamplingOptions>(&options)) {
    return std::make_unique<TtSampling>(*tt_sampling, space, seed);
  }
  if (const auto* finite_difference = std::get_if<FiniteDifferenceOptions>(&options)) {
    return std::make_unique<FiniteDifference>(*finite_difference, space, seed);
  }
  if (const auto* natural_evolution = std::get_if<NaturalEvolutionOptions>(&options)) {
    return std::make_unique<NaturalEvolution>(*natural_evolution, space, seed);
  }
  if (const auto* genetic = std::get_if<GeneticOptions>(&options)) {
    return std::make_unique<Genetic>(*genetic, space, seed);
  }
  if (const auto* cma_es = std::get_if<CmaEsOptions>(&options)) {
    return std::make_unique<CmaEs>(*cma_es, space, seed);
  }
  if (const auto* one_plus_lambda = std::get_if<OnePlusLambdaOptions>(&options)) {
    return std::make_unique<OnePlusLambda>(*one_plus_lambda, space, seed);
  }
  if (const auto* code_genetic = std::get_if<CodeGeneticOptions>(&options)) {
    return std::make_unique<CodeGenetic>(*code_genetic, space, seed);
  }
  if (const auto* quasi_random = std::get_if<QuasiRandomOptions>(&options)) {
    return std::make_unique<QuasiRandomSearch>(*quasi_random, space, seed);
  }
  return std::make_unique<RandomSearch>(std::get<RandomSearchOptions>(options), space, seed);
}

}  // namespace evoke
