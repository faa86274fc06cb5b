// Proposes around the best point, in the coordinates that the generator's metric suggests.
#ifndef EVOKE_SERVER_OPTIMIZER_MODEL_TRUST_REGION_H_
#define EVOKE_SERVER_OPTIMIZER_MODEL_TRUST_REGION_H_

#include <memory>
#include <optional>
#include <vector>

#include "server/generator/generator.h"
#include "server/optimizer/model/latent_metric.h"
#include "server/optimizer/model/latent_scale.h"
#include "server/optimizer/model/model_search_options.h"
#include "server/optimizer/model/proposer.h"

namespace evoke {

// For continuous spaces. Each member of a batch has its own function of the model and its own
// radius. TT-cross looks for the functions' maxima on a grid along the leading directions of the
// metric (one sweep there and back, rank 1); the gradient climbs from there, or from the centre, by
// normalised steps that shrink. Directions in which the image hardly changes get longer steps. The
// region grows while the best answer rises, and shrinks otherwise (as in TuRBO, Eriksson et al.
// 2019). Not thread-safe.
class TrustRegion final : public Proposer {
 public:
  using Method = ModelSearchOptions::Proposer;

  // `method`: not kEvolution.
  TrustRegion(std::shared_ptr<const Generator> generator, Method method);

  absl::StatusOr<std::vector<LatentPoint>> Propose(ResponseModel& model,
                                                   const ObservationArchive& archive, int count,
                                                   Rng& rng) override;
  void Learn(const ResponseModel& model, bool rose) override;

 private:
  struct Members {
    Eigen::VectorXd centre;  // scaled, as all coordinates here
    Eigen::VectorXd radii;   // [member]
    Eigen::MatrixXd points;  // [coordinate][member]
  };
  absl::Status Prepare();
  // Moves each member to the highest of its function that a sweep comes upon.
  absl::Status Sweep(ResponseModel& model, Members& members) const;
  absl::Status Climb(ResponseModel& model, Members& members) const;
  Eigen::VectorXd Inside(const Members& members, Eigen::Index member,
                         const Eigen::VectorXd& point) const;

  const std::shared_ptr<const Generator> generator_;
  const Method method_;
  const LatentScale scale_;
  bool gradients_ = false;
  std::optional<LatentMetric> metric_;
  Eigen::VectorXd gains_;  // of the metric's directions: how much longer steps are along them
  const double first_radius_;
  double radius_;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_MODEL_TRUST_REGION_H_
