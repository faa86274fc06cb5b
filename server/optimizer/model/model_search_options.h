// The settings of the search over a model of the responses.
#ifndef EVOKE_SERVER_OPTIMIZER_MODEL_MODEL_SEARCH_OPTIONS_H_
#define EVOKE_SERVER_OPTIMIZER_MODEL_MODEL_SEARCH_OPTIONS_H_

#include "absl/status/status.h"

namespace evoke {

struct ModelSearchOptions {
  enum class Proposer {
    kBest,          // kGradient where there are gradients, else kTtCross; kEvolution on codes
    kTtCross,       // TT-cross over the model, polished by gradients where the generator has them
    kTtCrossAlone,  // without the polish
    kGradient,      // gradients of the model through the generator
    kEvolution,     // mutants of the best points, chosen by the model
  };
  Proposer proposer = Proposer::kBest;
  int batch_size = 8;       // 1 to 256
  int initial_points = 20;  // shown before there is a model, 2 to 4096

  // OK, or INVALID_ARGUMENT naming the field.
  absl::Status Validate() const;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_MODEL_MODEL_SEARCH_OPTIONS_H_
