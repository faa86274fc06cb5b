// Proposes mutants of the best points, chosen by the model: needs no gradient, and takes any space.
#ifndef EVOKE_SERVER_OPTIMIZER_MODEL_EVOLUTION_PROPOSER_H_
#define EVOKE_SERVER_OPTIMIZER_MODEL_EVOLUTION_PROPOSER_H_

#include <optional>
#include <vector>

#include "server/latent/latent_space.h"
#include "server/optimizer/evolution/code_moves.h"
#include "server/optimizer/model/proposer.h"

namespace evoke {

// Mutants of the best points, and mutants of the best of those, are looked at through the model.
// Half of a batch are those with the highest mean + deviation, taken one by one, each as if the one
// before had been answered as expected (Desautels et al. 2014, whose batches are these); the other
// half are mutants of the best points as they come. Spaces of codes are varied by CodeMoves, others
// by steps and draws of single dimensions. Not thread-safe.
class EvolutionProposer final : public Proposer {
 public:
  // The space has to outlive it.
  explicit EvolutionProposer(const LatentSpace& space);

  absl::StatusOr<std::vector<LatentPoint>> Propose(ResponseModel& model,
                                                   const ObservationArchive& archive, int count,
                                                   Rng& rng) override;
  void Learn(const ResponseModel& model, bool rose) override;

 private:
  // One of `points`, of which each is half as probable as the one before, varied.
  LatentPoint Mutant(const std::vector<LatentPoint>& points, Rng& rng) const;
  LatentPoint Vary(const LatentPoint& parent, const LatentPoint& other, Rng& rng) const;

  const LatentSpace& space_;
  std::optional<CodeMoves> moves_;  // of spaces of codes
  double step_ = 1;                 // of continuous dimensions, in deviations of the prior
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_MODEL_EVOLUTION_PROPOSER_H_
