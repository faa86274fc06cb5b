#include "server/optimizer/evolution/diagonal_covariance.h"

#include <algorithm>

namespace evoke {

Eigen::MatrixXd DiagonalCovariance::Colour(const Eigen::MatrixXd& z) const {
  return z.array().colwise() * variances_.sqrt();
}

Eigen::MatrixXd DiagonalCovariance::Whiten(const Eigen::MatrixXd& y) const {
  return y.array().colwise() / variances_.sqrt();
}

void DiagonalCovariance::Learn(const CovarianceLesson& lesson) {
  const int n = static_cast<int>(variances_.size());
  CovarianceRates rates(n, 1 / lesson.weights.squaredNorm());
  const double faster = (n + 2) / 3.0;
  rates.one = std::min(1.0, rates.one * faster);
  rates.mu = std::min(1 - rates.one, rates.mu * faster);
  const Eigen::VectorXd spread = lesson.steps.cwiseAbs2() * lesson.weights;
  variances_ = (1 - rates.one - rates.mu + rates.one * lesson.path_variance_loss) * variances_ +
               rates.one * lesson.path.array().square() + rates.mu * spread.array();
  // Where all points sit on a bound there is no spread left; some has to stay to find back.
  constexpr double kSmallest = 1e-12;
  variances_ = variances_.max(kSmallest);
}

}  // namespace evoke
