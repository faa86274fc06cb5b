#include "server/optimizer/evolution/sphere_distribution.h"

#include <algorithm>
#include <cmath>

namespace evoke {
namespace {

constexpr double kLearningRate = 1.5;
constexpr double kLastAngleShare = 7.33 / 50;
constexpr int kScheduleGenerations = 75;

// The point at `share` of the way from one unit vector to another on their great circle.
Eigen::VectorXd AlongCircle(const Eigen::VectorXd& from, const Eigen::VectorXd& to, double share) {
  const double angle = std::acos(std::clamp(from.dot(to), -1.0, 1.0));
  // Equal or opposite: there is no circle to follow.
  if (std::sin(angle) < 1e-9) return from;
  return (std::sin((1 - share) * angle) * from + std::sin(share * angle) * to).normalized();
}

}  // namespace

SphereDistribution::SphereDistribution(int dimensions, double angle)
    : first_angle_(angle), base_(Eigen::VectorXd::Zero(dimensions)) {}

double SphereDistribution::angle() const {
  const double share = std::min(1.0, generations_ / (kScheduleGenerations - 1.0));
  return first_angle_ * std::pow(kLastAngleShare, share);
}

Eigen::MatrixXd SphereDistribution::Sample(int count, Rng& rng) {
  const double root_n = std::sqrt(static_cast<double>(base_.size()));
  Eigen::MatrixXd points = NormalMatrix(base_.size(), count, rng);
  for (auto point : points.colwise()) {
    if (base_.isZero(0)) {
      point *= root_n / point.norm();
      continue;
    }
    const Eigen::VectorXd tangent = angle() / root_n * (point - point.dot(base_) * base_);
    const double length = tangent.norm();
    point = root_n * std::cos(length) * base_;
    if (length > 0) point += root_n * std::sin(length) / length * tangent;
  }
  return points;
}

void SphereDistribution::Start(const Eigen::MatrixXd& ranked) {
  const Eigen::VectorXd mean = ranked * RankWeights(static_cast<int>(ranked.cols()));
  if (mean.norm() > 0) base_ = mean.normalized();
}

void SphereDistribution::Update(const Eigen::MatrixXd& ranked) {
  if (base_.isZero(0)) {
    Start(ranked);
    return;
  }
  const Eigen::VectorXd mean = ranked * RankWeights(static_cast<int>(ranked.cols()));
  if (mean.norm() > 0) base_ = AlongCircle(base_, mean.normalized(), kLearningRate);
  ++generations_;
}

}  // namespace evoke
