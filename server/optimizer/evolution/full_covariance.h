// The whole matrix (CMA-ES).
#ifndef EVOKE_SERVER_OPTIMIZER_EVOLUTION_FULL_COVARIANCE_H_
#define EVOKE_SERVER_OPTIMIZER_EVOLUTION_FULL_COVARIANCE_H_

#include "server/optimizer/evolution/covariance.h"

namespace evoke {

// Hansen 2016 (arXiv:1604.00772): rank-one and rank-mu updates. The decomposition, cubic in the
// dimensions, is renewed only when the rates of the updates since the last one add up to 0.1 / n,
// as there. Not thread-safe.
class FullCovariance final : public Covariance {
 public:
  explicit FullCovariance(int dimensions);

  Eigen::MatrixXd Colour(const Eigen::MatrixXd& z) const override;
  Eigen::MatrixXd Whiten(const Eigen::MatrixXd& y) const override;
  void Learn(const CovarianceLesson& lesson) override;

 private:
  Eigen::MatrixXd matrix_;
  double staleness_ = 0;     // sum of the rates since the decomposition
  Eigen::MatrixXd vectors_;  // matrix_ = vectors_ deviations_^2 vectors_'
  Eigen::ArrayXd deviations_;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_EVOLUTION_FULL_COVARIANCE_H_
