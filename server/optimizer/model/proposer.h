// Where a model of the responses says to look next.
#ifndef EVOKE_SERVER_OPTIMIZER_MODEL_PROPOSER_H_
#define EVOKE_SERVER_OPTIMIZER_MODEL_PROPOSER_H_

#include <vector>

#include "absl/status/statusor.h"
#include "common/random.h"
#include "server/optimizer/model/response_model.h"
#include "server/optimizer/observation_archive.h"

namespace evoke {

// Not thread-safe.
class Proposer {
 public:
  virtual ~Proposer() = default;

  // Up to `count` points inside the space, each where another function of the model is high. The
  // model must have `count` functions. Errors of the generator.
  virtual absl::StatusOr<std::vector<LatentPoint>> Propose(ResponseModel& model,
                                                           const ObservationArchive& archive,
                                                           int count, Rng& rng) = 0;
  // The model was fitted to one more batch; whether its best answer rose with it.
  virtual void Learn(const ResponseModel& model, bool rose) {}
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_MODEL_PROPOSER_H_
