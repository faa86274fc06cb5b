#include "server/optimizer/evolution/full_covariance.h"

#include "Eigen/Eigenvalues"

namespace evoke {

FullCovariance::FullCovariance(int dimensions)
    : matrix_(Eigen::MatrixXd::Identity(dimensions, dimensions)),
      vectors_(matrix_),
      deviations_(Eigen::ArrayXd::Ones(dimensions)) {}

Eigen::MatrixXd FullCovariance::Colour(const Eigen::MatrixXd& z) const {
  return vectors_ * deviations_.matrix().asDiagonal() * z;
}

Eigen::MatrixXd FullCovariance::Whiten(const Eigen::MatrixXd& y) const {
  return vectors_ * deviations_.inverse().matrix().asDiagonal() * (vectors_.transpose() * y);
}

void FullCovariance::Learn(const CovarianceLesson& lesson) {
  const int n = static_cast<int>(matrix_.rows());
  const CovarianceRates rates(n, 1 / lesson.weights.squaredNorm());
  matrix_ *= 1 - rates.one - rates.mu + rates.one * lesson.path_variance_loss;
  matrix_ += rates.one * lesson.path * lesson.path.transpose();
  matrix_ += rates.mu * lesson.steps * lesson.weights.asDiagonal() * lesson.steps.transpose();
  staleness_ += rates.one + rates.mu;
  if (staleness_ < 0.1 / n) return;
  staleness_ = 0;
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(matrix_);
  // Rounding, or points that all sit on a bound, may leave an eigenvalue at zero or below.
  constexpr double kSmallest = 1e-12;
  deviations_ = solver.eigenvalues().array().max(kSmallest).sqrt();
  vectors_ = solver.eigenvectors();
}

}  // namespace evoke
