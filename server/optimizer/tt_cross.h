// Maximisation by TT-cross over the discretised latent space.
#ifndef EVOKE_SERVER_OPTIMIZER_TT_CROSS_H_
#define EVOKE_SERVER_OPTIMIZER_TT_CROSS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "common/random.h"
#include "server/optimizer/batch_optimizer.h"
#include "server/optimizer/cross_sweep.h"
#include "server/optimizer/mode_layout.h"
#include "server/optimizer/tt_cross_options.h"

namespace evoke {

// TTOpt (Sozykin et al., NeurIPS 2022), with what a recording session needs:
// - a batch is the part of one core that was never shown; a core that is known altogether costs
//   nothing. The search shows no point twice, unless its first showing was lost.
// - the incumbent, the best point by shrunk estimate, is in every interface set. Where answers
//   are noisy it is measured again along with the batches
//   (TtCrossOptions::incumbent_measurements): the best of many single counts is mostly a lucky
//   one, and a search that keeps its luck finds nothing better.
// - on maps of codes (VQ-VAE) a schedule of stages goes from few large groups of positions to
//   single positions. A stage starts from the best point known and ends when a full sweep (there
//   and back) leaves it in place, or by TtCrossOptions::stage_patience.
// - after the last stage: a restart at the first one, around the incumbent, with fresh interface
//   sets. If a whole round of stages meets only known points, the rank grows by one; when
//   that brings nothing either, points are drawn from the prior.
// Values pass through pi/2 - atan((best - value) / s) before the decomposition (TTOpt's mapping,
// mirrored for maximisation). s is the quartile distance of all means seen so far: counts have no
// fixed scale, and quartiles do not grow with the rare high count that the search is after.
//
// Not thread-safe.
class TtCross final : public BatchOptimizer {
 public:
  // Requires valid options and a valid space: CreateOptimizer() checks both.
  TtCross(const TtCrossOptions& options, LatentSpace space, uint64_t seed);

 private:
  absl::StatusOr<std::vector<LatentPoint>> Propose() override;
  void Learn(absl::Span<const int> ids, bool adopted) override;

  // The points before the first sweep.
  std::vector<LatentPoint> InitialPoints();
  // Layout and interface sets of the current stage, around the best point known.
  void StartStage();
  std::vector<CrossSweep::Index> InterfaceRows(int mode_count);
  LatentPoint PointOf(const CrossSweep::Index& swept) const;
  // What is still to be shown of the current core, up to max_batch.
  std::vector<LatentPoint> OpenCorePoints() const;
  // Whether a noisy incumbent is to be measured again along with the next batch.
  bool WantsMeasurement(int id) const;
  // The archive entries of the current core, -1 where a point was lost; notes them in
  // stage_entries_.
  std::vector<int> CollectCore(const std::vector<CrossSweep::Index>& indices);
  // The best entry that the current stage can express, -1 if everything was lost.
  int StageIncumbent() const;
  // Hands the core's values to the sweep; may end the stage.
  void FinishCore(const std::vector<int>& ids, int incumbent);
  void EndStage();

  const TtCrossOptions options_;
  Rng rng_;
  std::vector<MapStage> stages_;  // empty: one stage, every dimension alone
  bool initialised_ = false;
  std::vector<LatentPoint> initial_;  // not yet proposed, the last one first

  // The current stage.
  size_t stage_ = 0;
  std::optional<ModeLayout> layout_;
  std::vector<int> order_;  // mode at each place of the train
  std::optional<CrossSweep> sweep_;
  std::map<int, CrossSweep::Index> stage_entries_;  // archive entry -> its index in the sweep
  int incumbent_before_sweep_ = -1;
  int last_incumbent_ = -1;
  int since_improvement_ = 0;  // presentations since the incumbent last changed
  bool adopted_ = false;  // an adopted batch may hold a better point than the stage can express

  // The current round of stages.
  int round_ = 0;
  int extra_rank_ = 0;
  bool new_points_in_round_ = false;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_TT_CROSS_H_
