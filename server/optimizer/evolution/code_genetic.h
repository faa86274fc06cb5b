// A genetic algorithm for spaces of codes, with moves that suit what images are made of.
#ifndef EVOKE_SERVER_OPTIMIZER_EVOLUTION_CODE_GENETIC_H_
#define EVOKE_SERVER_OPTIMIZER_EVOLUTION_CODE_GENETIC_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "common/random.h"
#include "server/optimizer/batch_optimizer.h"
#include "server/optimizer/evolution/code_moves.h"

namespace evoke {

struct CodeGeneticOptions {
  int initial_points = 24;  // structured points before the first children, 1 to 4096
  int parents = 4;          // how many of the best points ever have children, 1 to 4096
  int children = 4;         // a batch, 1 to 4096

  // OK, or INVALID_ARGUMENT naming the field.
  absl::Status Validate() const;
  // OK if the method takes the space: categorical dimensions only.
  absl::Status CheckSpace(const LatentSpace& space) const;
};

// Our own: the space of a VQ-VAE's codes holds little that is an image, and much of what drives a
// neuron is texture. So the search starts from simple fields (CodeMoves::Opening), and a child is
// one structured move away from one of the best points ever, by the archive's estimate, drawn with
// weights that halve from rank to rank.
//
// Points that were adopted before the first own batch count as initial points; only what they lack
// is shown. While the neuron answers everything alike, further simple fields are. Lost candidates
// are left out. Not thread-safe.
class CodeGenetic final : public BatchOptimizer {
 public:
  // Requires valid options and a valid space that it takes: CreateOptimizer() checks.
  CodeGenetic(const CodeGeneticOptions& options, LatentSpace space, uint64_t seed);

 private:
  absl::StatusOr<std::vector<LatentPoint>> Propose() override;

  // The best points ever, the best first.
  std::vector<int> Parents() const;
  LatentPoint Child(const std::vector<int>& parents);

  const CodeGeneticOptions options_;
  Rng rng_;
  const CodeMoves moves_;
  bool opened_ = false;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_EVOLUTION_CODE_GENETIC_H_
