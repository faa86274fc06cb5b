// Variances alone (separable CMA-ES).
#ifndef EVOKE_SERVER_OPTIMIZER_EVOLUTION_DIAGONAL_COVARIANCE_H_
#define EVOKE_SERVER_OPTIMIZER_EVOLUTION_DIAGONAL_COVARIANCE_H_

#include "server/optimizer/evolution/covariance.h"

namespace evoke {

// Ros & Hansen 2008 (PPSN): with n numbers instead of n^2 / 2 the rates may be (n + 2) / 3 times
// higher. Time and memory are linear in the dimensions. Not thread-safe.
class DiagonalCovariance final : public Covariance {
 public:
  explicit DiagonalCovariance(int dimensions) : variances_(Eigen::ArrayXd::Ones(dimensions)) {}

  Eigen::MatrixXd Colour(const Eigen::MatrixXd& z) const override;
  Eigen::MatrixXd Whiten(const Eigen::MatrixXd& y) const override;
  void Learn(const CovarianceLesson& lesson) override;

 private:
  Eigen::ArrayXd variances_;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_EVOLUTION_DIAGONAL_COVARIANCE_H_
