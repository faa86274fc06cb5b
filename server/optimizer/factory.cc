#include "server/optimizer/factory.h"

#include "common/status_macros.h"
#include "server/optimizer/tt_cross.h"

namespace evoke {

absl::StatusOr<std::unique_ptr<Optimizer>> CreateOptimizer(const OptimizerOptions& options,
                                                           const LatentSpace& space,
                                                           uint64_t seed) {
  EVOKE_RETURN_IF_ERROR(space.Validate());
  EVOKE_RETURN_IF_ERROR(std::visit([](const auto& o) { return o.Validate(); }, options));
  if (const auto* tt_cross = std::get_if<TtCrossOptions>(&options)) {
    return std::make_unique<TtCross>(*tt_cross, space, seed);
  }
  return std::make_unique<RandomSearch>(std::get<RandomSearchOptions>(options), space, seed);
}

}  // namespace evoke
