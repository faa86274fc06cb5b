// CMA-ES and its relatives: a search distribution that follows the best points.
#ifndef EVOKE_SERVER_OPTIMIZER_EVOLUTION_CMA_ES_H_
#define EVOKE_SERVER_OPTIMIZER_EVOLUTION_CMA_ES_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "common/random.h"
#include "server/optimizer/batch_optimizer.h"
#include "server/optimizer/evolution/search_distribution.h"

namespace evoke {

struct CmaEsOptions {
  enum class Variant {
    kFull,       // Hansen 2016, positive weights; up to kMaxFullDimensions
    kSeparable,  // a diagonal covariance, learnt faster: Ros & Hansen 2008
    kCholesky,   // rank-one updates of a factor: Suttorp et al. 2009, as Wang & Ponce 2022 use it
    kSphere,     // points on a sphere, by a schedule of step sizes: Wang & Ponce 2022
  };
  // The full variant decomposes its matrix, which takes seconds beyond this.
  static constexpr int kMaxFullDimensions = 1024;

  Variant variant = Variant::kSeparable;
  // Points a generation, 2 to 4096; 0: 4 + 3 ln(dimensions) for the full and the separable variant,
  // 40 for the others.
  int population_size = 0;
  // First step size, in units of the prior's standard deviation (a standard normal prior has 1, the
  // latent's own unit), over 0; 0: 1 for the full and the separable variant, 3 for Cholesky.
  // Sphere: the first angle of exploration in radians; 0: 50 degrees.
  double sigma = 0;

  // OK, or INVALID_ARGUMENT naming the field.
  absl::Status Validate() const;
  // OK if the method takes the space: continuous dimensions only, and not too many for the variant.
  absl::Status CheckSpace(const LatentSpace& space) const;
};

// Coordinates are the latent's, centred and divided by the prior's deviation; dimensions of a
// single value take no part. The distribution starts at the prior's centre.
//
// Bounds: a point is projected onto the box, and the distribution learns from the point that was
// shown, not from the one that was drawn. Its mean is an average of shown points, hence inside.
//
// A generation is what was measured since the last update; it is complete with half the population
// size (the parents are half of it), so that lost points are left out, and after a batch that was
// mostly lost the rest is drawn anew. Points are ranked by the archive's estimate. While the neuron
// answers everything alike nothing is learnt.
//
// Adopted batches count like own ones; steps that are longer than the distribution's are shortened
// to it (Hansen 2011, injection of external solutions). What is adopted before the first own batch
// is the start: the weighted average of its better half is the first mean (Wang & Ponce 2022).
// Not thread-safe.
class CmaEs final : public BatchOptimizer {
 public:
  // Requires valid options and a valid space that it takes: CreateOptimizer() checks.
  CmaEs(const CmaEsOptions& options, LatentSpace space, uint64_t seed);

 private:
  absl::StatusOr<std::vector<LatentPoint>> Propose() override;
  void Learn(absl::Span<const int> ids, bool adopted) override;

  LatentPoint ToLatent(const Eigen::VectorXd& coordinates) const;
  // The points' coordinates, a column each, the best first.
  Eigen::MatrixXd Ranked(std::vector<int> ids) const;

  Rng rng_;
  std::vector<int> free_dimensions_;
  Eigen::VectorXd centre_;  // of the prior in the free dimensions
  Eigen::VectorXd scale_;
  int population_size_ = 0;
  std::unique_ptr<SearchDistribution> distribution_;  // null: no dimension is free
  std::vector<LatentPoint> proposal_;                 // the current batch
  bool started_ = false;                              // some of an own batch was told
  // Entries of the archive: adopted before the start, and measured since the last update.
  std::vector<int> start_, generation_;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_EVOLUTION_CMA_ES_H_
