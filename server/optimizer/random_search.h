// Independent draws from the prior: the yardstick for every other method.
#ifndef EVOKE_SERVER_OPTIMIZER_RANDOM_SEARCH_H_
#define EVOKE_SERVER_OPTIMIZER_RANDOM_SEARCH_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "common/random.h"
#include "server/optimizer/batch_optimizer.h"

namespace evoke {

struct RandomSearchOptions {
  int batch_size = 16;  // points per batch, 1 to 4096

  // OK, or INVALID_ARGUMENT naming the field.
  absl::Status Validate() const;
};

// Shows no point twice, but asks a lost one again if it comes up again. Not thread-safe.
class RandomSearch final : public BatchOptimizer {
 public:
  // Requires valid options and a valid space: CreateOptimizer() checks both.
  RandomSearch(const RandomSearchOptions& options, LatentSpace space, uint64_t seed);

 private:
  absl::StatusOr<std::vector<LatentPoint>> Propose() override;

  const RandomSearchOptions options_;
  Rng rng_;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_RANDOM_SEARCH_H_
