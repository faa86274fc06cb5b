// The default search: a model of the responses in the space of the images says what to show.
#ifndef EVOKE_SERVER_OPTIMIZER_MODEL_MODEL_SEARCH_H_
#define EVOKE_SERVER_OPTIMIZER_MODEL_MODEL_SEARCH_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "server/generator/generator.h"
#include "server/optimizer/batch_optimizer.h"
#include "server/optimizer/evolution/code_moves.h"
#include "server/optimizer/model/model_search_options.h"
#include "server/optimizer/model/proposer.h"
#include "server/optimizer/model/response_model.h"

namespace evoke {

// A neuron responds to the image, not to the latent point: a model of images needs fewer
// presentations. Recommends the shown point with the highest posterior mean. Not thread-safe.
class ModelSearch final : public BatchOptimizer {
 public:
  // Requires valid options, and a generator: CreateOptimizer() checks both.
  ModelSearch(const ModelSearchOptions& options, std::shared_ptr<const Generator> generator,
              uint64_t seed);

  bool ReplaysByAdopting() const override { return true; }
  absl::StatusOr<Recommendation> Best() const override;

 private:
  absl::StatusOr<std::vector<LatentPoint>> Propose() override;
  void Learn(absl::Span<const int> ids, bool adopted) override;
  Rng RngOf(absl::string_view use) const;

  const ModelSearchOptions options_;
  const uint64_t seed_;
  ResponseModel model_;
  std::unique_ptr<Proposer> proposer_;
  std::optional<CodeMoves> opening_;  // of spaces of codes
  uint64_t batches_ = 0;              // that were told
  int measured_ = 0;
  bool fitted_ = false;
  double best_score_ = 0;
  absl::Status failed_;  // of the last fit
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_MODEL_MODEL_SEARCH_H_
