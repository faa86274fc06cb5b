// Continuous latent points in coordinates in which the prior has mean 0 and deviation 1.
#ifndef EVOKE_SERVER_OPTIMIZER_MODEL_LATENT_SCALE_H_
#define EVOKE_SERVER_OPTIMIZER_MODEL_LATENT_SCALE_H_

#include <Eigen/Core>

#include "server/latent/latent_space.h"

namespace evoke {

// Immutable.
class LatentScale {
 public:
  // All dimensions must be continuous.
  explicit LatentScale(const LatentSpace& space);

  int size() const { return static_cast<int>(unit_.size()); }
  Eigen::VectorXd ToScaled(const LatentPoint& point) const;
  // `scaled` must lie inside the bounds: see Clip().
  LatentPoint ToLatent(const Eigen::VectorXd& scaled) const;
  Eigen::VectorXd Clip(const Eigen::VectorXd& scaled) const;
  // A gradient with respect to a point, as one with respect to its scaled coordinates.
  Eigen::VectorXd ScaleGradient(const LatentPoint& gradient) const;

 private:
  Eigen::VectorXd middle_;
  Eigen::VectorXd unit_;
  Eigen::VectorXd lower_;  // in latent coordinates
  Eigen::VectorXd upper_;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_MODEL_LATENT_SCALE_H_
