#include "server/optimizer/model/gaussian_process.h"

#include <cmath>
#include <utility>

namespace evoke {
namespace {

constexpr double kJitter = 1e-8;  // of the kernel's variance: two equal points without noise

}  // namespace

Eigen::MatrixXf SquaredDistances(const Eigen::MatrixXf& a, const Eigen::MatrixXf& b) {
  Eigen::MatrixXf d = -2 * (a.transpose() * b);
  d.colwise() += a.colwise().squaredNorm().transpose();
  d.rowwise() += b.colwise().squaredNorm();
  return d.cwiseMax(0);
}

GaussianProcess::GaussianProcess(Eigen::MatrixXf points, const GpKernel& kernel,
                                 const Eigen::VectorXd& noise, const Eigen::MatrixXd& values)
    : kernel_(kernel), points_(std::move(points)) {
  Eigen::MatrixXd covariance = kernel_.variance * Correlations(points_).cast<double>();
  covariance.diagonal() += noise;
  // Correlations of single floats need not be positive definite to the last bit.
  double jitter = kJitter * kernel_.variance;
  do {
    covariance.diagonal().array() += jitter;
    factor_.compute(covariance);
    jitter *= 10;
  } while (factor_.info() != Eigen::Success);
  weights_ = factor_.solve(values);
  means_ = values - noise.asDiagonal() * weights_;
}

Eigen::MatrixXf GaussianProcess::Correlations(const Eigen::MatrixXf& queries) const {
  const float scale = static_cast<float>(-0.5 / (kernel_.length * kernel_.length));
  return (scale * SquaredDistances(points_, queries)).array().exp();
}

GaussianProcess::Prediction GaussianProcess::Predict(const Eigen::MatrixXf& queries,
                                                     const Eigen::VectorXi& function,
                                                     bool gradient) const {
  Eigen::MatrixXd weighted = kernel_.variance * Correlations(queries).cast<double>();
  for (Eigen::Index q = 0; q < queries.cols(); ++q) {
    weighted.col(q).array() *= weights_.col(function[q]).array();
  }
  Prediction prediction;
  prediction.mean = weighted.colwise().sum();
  if (gradient) {
    prediction.gradient = points_ * weighted.cast<float>();
    prediction.gradient -= queries * prediction.mean.cast<float>().asDiagonal();
    prediction.gradient /= static_cast<float>(kernel_.length * kernel_.length);
  }
  return prediction;
}

Eigen::VectorXd GaussianProcess::Deviation(const Eigen::MatrixXf& queries) const {
  Eigen::MatrixXd solved = kernel_.variance * Correlations(queries).cast<double>();
  factor_.matrixL().solveInPlace(solved);
  return (kernel_.variance - solved.colwise().squaredNorm().array()).max(0).sqrt();
}

Eigen::MatrixXd GaussianProcess::Covariance(const Eigen::MatrixXf& a,
                                            const Eigen::MatrixXf& b) const {
  const float scale = static_cast<float>(-0.5 / (kernel_.length * kernel_.length));
  const Eigen::MatrixXf prior = (scale * SquaredDistances(a, b)).array().exp();
  Eigen::MatrixXd of_a = kernel_.variance * Correlations(a).cast<double>();
  Eigen::MatrixXd of_b = kernel_.variance * Correlations(b).cast<double>();
  factor_.matrixL().solveInPlace(of_a);
  factor_.matrixL().solveInPlace(of_b);
  return kernel_.variance * prior.cast<double>() - of_a.transpose() * of_b;
}

}  // namespace evoke
