#include "server/optimizer/evolution/cholesky_covariance.h"

#include <cmath>

namespace evoke {

CholeskyCovariance::CholeskyCovariance(int dimensions)
    : factor_(Eigen::MatrixXd::Identity(dimensions, dimensions)), inverse_(factor_) {}

PathRates CholeskyCovariance::RatesOfPaths(int dimensions, double effective_parents) const {
  const double n = dimensions;
  return {.step_size = std::sqrt(effective_parents) / (std::sqrt(effective_parents) + std::sqrt(n)),
          .covariance = 4 / (n + 4)};
}

void CholeskyCovariance::Learn(const CovarianceLesson& lesson) {
  const double n = static_cast<double>(factor_.rows());
  const double rate = 2 / ((n + std::sqrt(2.0)) * (n + std::sqrt(2.0)));
  const double keep = std::sqrt(1 - rate);
  const Eigen::VectorXd v = inverse_ * lesson.path;
  const double length2 = v.squaredNorm();
  factor_ *= keep;
  inverse_ /= keep;
  if (length2 <= 0) return;
  const double stretch = std::sqrt(1 + length2 * rate / (1 - rate));
  // (1 - c) A A' + c p p' = B B' for this B, with v = A^-1 p.
  factor_ += keep / length2 * (stretch - 1) * lesson.path * v.transpose();
  const Eigen::RowVectorXd projected = v.transpose() * inverse_;
  inverse_ -= (1 - 1 / stretch) / length2 * v * projected;
}

}  // namespace evoke
