#include "server/optimizer/evolution/gaussian_distribution.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace evoke {
namespace {

// Below this, draws differ by less than any generator can show.
constexpr double kSmallestSigma = 1e-10;

// Of a standard normal vector: the expected length, and one that it practically never exceeds.
double ExpectedLength(double n) { return std::sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n)); }
double LongestLength(double n) { return std::sqrt(n) + 3; }

}  // namespace

GaussianDistribution::GaussianDistribution(int dimensions, double sigma,
                                           std::unique_ptr<Covariance> covariance)
    : covariance_(std::move(covariance)),
      mean_(Eigen::VectorXd::Zero(dimensions)),
      sigma_(sigma),
      step_path_(mean_),
      covariance_path_(mean_) {}

Eigen::MatrixXd GaussianDistribution::Sample(int count, Rng& rng) {
  const Eigen::MatrixXd steps = covariance_->Colour(NormalMatrix(mean_.size(), count, rng));
  return (sigma_ * steps).colwise() + mean_;
}

void GaussianDistribution::Start(const Eigen::MatrixXd& ranked) {
  mean_ = ranked * RankWeights(static_cast<int>(ranked.cols()));
}

void GaussianDistribution::Update(const Eigen::MatrixXd& ranked) {
  const double n = static_cast<double>(mean_.size());
  const Eigen::VectorXd weights = RankWeights(static_cast<int>(ranked.cols()));
  const double parents = 1 / weights.squaredNorm();
  const PathRates rates = covariance_->RatesOfPaths(static_cast<int>(mean_.size()), parents);
  const double cs = rates.step_size, cc = rates.covariance;

  Eigen::MatrixXd steps = (ranked.colwise() - mean_) / sigma_;
  Eigen::MatrixXd whitened = covariance_->Whiten(steps);
  for (Eigen::Index i = 0; i < steps.cols(); ++i) {
    const double length = whitened.col(i).norm();
    if (length <= LongestLength(n)) continue;
    steps.col(i) *= LongestLength(n) / length;
    whitened.col(i) *= LongestLength(n) / length;
  }
  const Eigen::VectorXd mean_step = steps * weights;
  mean_ += sigma_ * mean_step;
  step_path_ = (1 - cs) * step_path_ + std::sqrt(cs * (2 - cs) * parents) * (whitened * weights);
  ++generations_;
  // While the step size grows fast the covariance's path is stalled, or C would grow as well.
  const double warm = std::sqrt(1 - std::pow(1 - cs, 2 * generations_));
  const bool stalled = step_path_.norm() / warm >= (1.4 + 2 / (n + 1)) * ExpectedLength(n);
  covariance_path_ *= 1 - cc;
  if (!stalled) covariance_path_ += std::sqrt(cc * (2 - cc) * parents) * mean_step;
  // At the smallest step size rounding is all that there is to learn from.
  if (sigma_ > kSmallestSigma) {
    covariance_->Learn({.path = covariance_path_,
                        .path_variance_loss = stalled ? cc * (2 - cc) : 0,
                        .steps = steps,
                        .weights = weights});
  }
  const double damping = 1 + cs + 2 * std::max(0.0, std::sqrt((parents - 1) / (n + 1)) - 1);
  sigma_ *= std::exp(std::min(1.0, cs / damping * (step_path_.norm() / ExpectedLength(n) - 1)));
  sigma_ = std::max(sigma_, kSmallestSigma);
}

}  // namespace evoke
