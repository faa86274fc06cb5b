// The ask/tell interface of every search method.
#ifndef EVOKE_SERVER_OPTIMIZER_OPTIMIZER_H_
#define EVOKE_SERVER_OPTIMIZER_OPTIMIZER_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "server/latent/latent_space.h"

namespace evoke {

// What the neuron answered to one candidate. Higher is better.
struct Observation {
  double score = 0;     // mean over its trials
  double variance = 0;  // of that mean; 0 if unknown or noise-free
  int trials = 0;  // 0: the candidate was lost (no valid trial); score and variance mean nothing
};

struct Recommendation {
  LatentPoint point;
  double score = 0;           // an estimate, shrunk towards what is usual: not the luckiest count
  double standard_error = 0;  // of the estimate; 0 if the observations came without variance
};

// A maximiser that proposes batches. Deterministic: the same space, options, seed and sequence of
// Tell()s give the same batches, bit for bit, on one machine. Not thread-safe.
class Optimizer {
 public:
  virtual ~Optimizer() = default;

  // The next batch, at least one point, all inside the space. The same batch until it is told.
  // A point may be asked for again in a later batch only if the method wants another measurement.
  // RESOURCE_EXHAUSTED once the method has nothing left to propose.
  virtual absl::StatusOr<std::vector<LatentPoint>> Ask() = 0;

  // One observation per point of the batch, in the order of Ask(). Lost candidates are allowed,
  // also a whole batch of them. INVALID_ARGUMENT on a wrong number of observations or a score or
  // variance that is not finite, naming the index (nothing is changed); FAILED_PRECONDITION with no
  // batch asked.
  virtual absl::Status Tell(absl::Span<const Observation> observations) = 0;

  // Replay: this batch was shown instead of the one that Ask() gave (an older version, another
  // machine). The next Tell() is about it. INVALID_ARGUMENT if a point lies outside the space.
  virtual absl::Status Adopt(absl::Span<const LatentPoint> batch) = 0;

  // True if a batch follows from the seed and what was told and adopted alone, so that a replay may
  // Adopt() recorded batches without asking for them first. Of methods whose proposals take long.
  virtual bool ReplaysByAdopting() const { return false; }

  // The best *estimated* point so far. FAILED_PRECONDITION before the first valid observation.
  virtual absl::StatusOr<Recommendation> Best() const = 0;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_OPTIMIZER_H_
