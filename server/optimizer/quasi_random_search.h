// Points that cover the prior evenly: random search with fewer gaps and fewer clusters.
#ifndef EVOKE_SERVER_OPTIMIZER_QUASI_RANDOM_SEARCH_H_
#define EVOKE_SERVER_OPTIMIZER_QUASI_RANDOM_SEARCH_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "common/random.h"
#include "server/optimizer/batch_optimizer.h"
#include "server/optimizer/scrambled_sobol.h"

namespace evoke {

struct QuasiRandomOptions {
  int batch_size = 16;  // points per batch, 1 to 4096

  // OK, or INVALID_ARGUMENT naming the field.
  absl::Status Validate() const;
};

// A scrambled Sobol sequence, mapped dimension by dimension through the inverse of the prior's
// distribution: a normal prior truncated at the bounds, a uniform one, evenly many codes. Any
// space, of any number of dimensions: see ScrambledSobol for what holds beyond its 21 tabulated
// ones.
//
// Points that were shown already, as small spaces of codes give them, are passed over; once
// the sequence gives little else, the rest of the space is walked. Answers change nothing. Not
// thread-safe.
class QuasiRandomSearch final : public BatchOptimizer {
 public:
  // Requires valid options and a valid space: CreateOptimizer() checks both.
  QuasiRandomSearch(const QuasiRandomOptions& options, LatentSpace space, uint64_t seed);

 private:
  absl::StatusOr<std::vector<LatentPoint>> Propose() override;

  LatentPoint NextPoint();

  const QuasiRandomOptions options_;
  Rng rng_;
  const ScrambledSobol sequence_;
  uint32_t next_ = 0;
};

// The value below which the share `share`, in (0, 1), of a continuous dimension's prior lies;
// always inside the bounds.
double PriorQuantile(const LatentDimension& continuous, double share);

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_QUASI_RANDOM_SEARCH_H_
