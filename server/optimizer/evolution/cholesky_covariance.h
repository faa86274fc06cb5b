// A factor of the matrix and its inverse, updated in place (Cholesky CMA-ES).
#ifndef EVOKE_SERVER_OPTIMIZER_EVOLUTION_CHOLESKY_COVARIANCE_H_
#define EVOKE_SERVER_OPTIMIZER_EVOLUTION_CHOLESKY_COVARIANCE_H_

#include "server/optimizer/evolution/covariance.h"

namespace evoke {

// Suttorp, Hansen & Igel 2009 (Machine Learning 75): rank-one updates only, quadratic in the
// dimensions, no decomposition. Wang & Ponce 2022 (GECCO) evolve images with it; they update every
// tenth generation to save time, here every one. At 4096 dimensions the two factors take 256 MB.
// Not thread-safe.
class CholeskyCovariance final : public Covariance {
 public:
  explicit CholeskyCovariance(int dimensions);

  Eigen::MatrixXd Colour(const Eigen::MatrixXd& z) const override { return factor_ * z; }
  Eigen::MatrixXd Whiten(const Eigen::MatrixXd& y) const override { return inverse_ * y; }
  void Learn(const CovarianceLesson& lesson) override;
  PathRates RatesOfPaths(int dimensions, double effective_parents) const override;

 private:
  Eigen::MatrixXd factor_;
  Eigen::MatrixXd inverse_;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_EVOLUTION_CHOLESKY_COVARIANCE_H_
