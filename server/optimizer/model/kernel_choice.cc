#include "server/optimizer/model/kernel_choice.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace evoke {
namespace {

constexpr double kLengths[] = {0.35, 0.7, 1.4, 2.8, 5.6};  // times the median distance
// Where noise is known, short lengths would explain it as detail.
constexpr double kLeastLengthUnderNoise = 0.5;
constexpr double kNoises[] = {0.001, 0.03, 0.3, 1};  // where it is not known
// Of the kernel's variance: correlations of single floats need not be positive definite.
constexpr double kJitter = 1e-6;

double MedianDistance(const Eigen::MatrixXf& squares) {
  std::vector<float> below;
  for (Eigen::Index j = 0; j < squares.cols(); ++j) {
    for (Eigen::Index i = j + 1; i < squares.rows(); ++i) below.push_back(squares(i, j));
  }
  if (below.empty()) return 1;
  const auto middle = below.begin() + static_cast<std::ptrdiff_t>(below.size() / 2);
  std::nth_element(below.begin(), middle, below.end());
  return *middle > 0 ? std::sqrt(*middle) : 1;
}

// Log marginal likelihood, less a constant. `profiled`: if the variance of both kernel and noise
// were scaled by the factor that makes it largest.
double LogLikelihood(const Eigen::MatrixXd& covariance, const Eigen::VectorXd& values,
                     bool profiled) {
  const Eigen::LLT<Eigen::MatrixXd> factor(covariance);
  if (factor.info() != Eigen::Success) return -std::numeric_limits<double>::infinity();
  const double fit = factor.matrixL().solve(values).squaredNorm();
  const double log_det = 2 * factor.matrixLLT().diagonal().array().log().sum();
  if (!profiled) return -0.5 * (fit + log_det);
  const double n = static_cast<double>(values.size());
  return -0.5 * (n * std::log(std::max(fit, 1e-300) / n) + log_det);
}

}  // namespace

KernelChoice ChooseKernel(const Eigen::MatrixXf& points, const Eigen::VectorXd& values,
                          const std::optional<Eigen::VectorXd>& noise) {
  const Eigen::MatrixXf squares = SquaredDistances(points, points);
  const double median = MedianDistance(squares);
  const double variance = noise ? std::max(0.1, 1 - noise->mean()) : 1;
  KernelChoice choice{{median, variance}, kNoises[0]};
  double best = -std::numeric_limits<double>::infinity();
  for (const double length : kLengths) {
    if (noise && length < kLeastLengthUnderNoise) continue;
    const GpKernel kernel = {length * median, variance};
    const auto scale = static_cast<float>(-0.5 / (kernel.length * kernel.length));
    const Eigen::MatrixXf correlations = (scale * squares).array().exp();
    const auto attempt = [&](const Eigen::VectorXd& added, double unknown) {
      Eigen::MatrixXd covariance = variance * correlations.cast<double>();
      covariance.diagonal().array() += added.array() + kJitter * variance;
      const double fit = LogLikelihood(covariance, values, !noise);
      if (fit <= best) return;
      best = fit;
      choice = {kernel, unknown};
    };
    if (noise) {
      attempt(*noise, 0);
    } else {
      for (const double unknown : kNoises) {
        attempt(Eigen::VectorXd::Constant(values.size(), unknown), unknown);
      }
    }
  }
  return choice;
}

}  // namespace evoke
