#include "server/optimizer/evolution/search_distribution.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>
#include <utility>
#include <vector>

#include "Eigen/LU"
#include "server/optimizer/evolution/cholesky_covariance.h"
#include "server/optimizer/evolution/diagonal_covariance.h"
#include "server/optimizer/evolution/full_covariance.h"
#include "server/optimizer/evolution/gaussian_distribution.h"
#include "server/optimizer/evolution/sphere_distribution.h"

namespace evoke {
namespace {

TEST(RankWeightsTest, FallOverTheBetterHalfAndSumToOne) {
  for (int count = 1; count <= 21; ++count) {
    const Eigen::VectorXd weights = RankWeights(count);
    EXPECT_NEAR(weights.sum(), 1, 1e-12);
    EXPECT_GT(weights(0), 0);
    for (int i = 1; i < count; ++i) EXPECT_LE(weights(i), weights(i - 1));
    EXPECT_EQ(weights.tail(count / 2).sum(), 0);
  }
}

Eigen::MatrixXd MatrixOf(const Covariance& covariance, int n) {
  const Eigen::MatrixXd factor = covariance.Colour(Eigen::MatrixXd::Identity(n, n));
  return factor * factor.transpose();
}

// Teaches a path and steps along the first axis and the diagonal.
void Teach(Covariance& covariance, int n) {
  Eigen::VectorXd path = Eigen::VectorXd::Zero(n);
  path(0) = 3;
  const Eigen::MatrixXd steps = Eigen::MatrixXd::Constant(n, 6, 0.5);
  const Eigen::VectorXd weights = RankWeights(6);
  covariance.Learn({.path = path, .path_variance_loss = 0, .steps = steps, .weights = weights});
}

TEST(CovarianceTest, WhiteningUndoesColouring) {
  constexpr int n = 5;
  FullCovariance full(n);
  DiagonalCovariance diagonal(n);
  CholeskyCovariance cholesky(n);
  for (Covariance* covariance : std::initializer_list<Covariance*>{&full, &diagonal, &cholesky}) {
    for (int i = 0; i < 10; ++i) Teach(*covariance, n);
    Rng rng(1);
    const Eigen::MatrixXd z = NormalMatrix(n, 4, rng);
    const Eigen::MatrixXd y = covariance->Colour(z);
    const Eigen::MatrixXd inverse = MatrixOf(*covariance, n).inverse();
    const Eigen::MatrixXd whitened = covariance->Whiten(y);
    for (int i = 0; i < 4; ++i) {
      EXPECT_NEAR(whitened.col(i).squaredNorm(), z.col(i).squaredNorm(), 1e-9);
      EXPECT_NEAR(y.col(i).dot(inverse * y.col(i)), z.col(i).squaredNorm(), 1e-9);
    }
  }
}

TEST(CovarianceTest, CholeskyUpdateIsTheRankOneUpdateOfTheMatrix) {
  constexpr int n = 4;
  CholeskyCovariance cholesky(n);
  Teach(cholesky, n);
  const Eigen::MatrixXd before = MatrixOf(cholesky, n);
  Eigen::VectorXd path(n);
  path << 1, -2, 0.5, 3;
  const Eigen::MatrixXd steps = Eigen::MatrixXd::Zero(n, 1);
  const Eigen::VectorXd weights = RankWeights(1);
  cholesky.Learn({.path = path, .path_variance_loss = 0, .steps = steps, .weights = weights});
  const double rate = 2 / std::pow(n + std::sqrt(2.0), 2);
  const Eigen::MatrixXd expected = (1 - rate) * before + rate * path * path.transpose();
  EXPECT_TRUE(MatrixOf(cholesky, n).isApprox(expected, 1e-9));
}

TEST(CovarianceTest, FullLearnsCorrelationsAndTheDiagonalLearnsVariancesFaster) {
  constexpr int n = 5;
  FullCovariance full(n);
  DiagonalCovariance diagonal(n);
  Teach(full, n);
  Teach(diagonal, n);
  const Eigen::MatrixXd c = MatrixOf(full, n), d = MatrixOf(diagonal, n);
  EXPECT_GT(c(1, 2), 0.001);
  EXPECT_EQ(d(1, 2), 0);
  EXPECT_GT(c(0, 0), 1);
  EXPECT_GT(d(0, 0), c(0, 0));
}

TEST(GaussianDistributionTest, StepsGrowOnASlopeAndShrinkAroundAnOptimum) {
  for (const bool slope : {true, false}) {
    constexpr int n = 10;
    GaussianDistribution distribution(n, 1, std::make_unique<DiagonalCovariance>(n));
    Rng rng(1);
    for (int generation = 0; generation < 30; ++generation) {
      Eigen::MatrixXd points = distribution.Sample(10, rng);
      std::vector<Eigen::VectorXd> ranked(points.colwise().begin(), points.colwise().end());
      std::sort(ranked.begin(), ranked.end(), [slope](const auto& a, const auto& b) {
        return slope ? a.sum() > b.sum() : a.squaredNorm() < b.squaredNorm();
      });
      for (int i = 0; i < 10; ++i) points.col(i) = ranked[i];
      distribution.Update(points);
    }
    if (slope) {
      EXPECT_GT(distribution.sigma(), 3);
      EXPECT_GT(distribution.mean().sum(), 10);
    } else {
      EXPECT_LT(distribution.sigma(), 0.3);
    }
  }
}

TEST(GaussianDistributionTest, SurvivesPointsThatAreAllTheSame) {
  for (int i = 0; i < 3; ++i) {
    std::unique_ptr<Covariance> covariance;
    if (i == 0) covariance = std::make_unique<FullCovariance>(3);
    if (i == 1) covariance = std::make_unique<DiagonalCovariance>(3);
    if (i == 2) covariance = std::make_unique<CholeskyCovariance>(3);
    GaussianDistribution distribution(3, 1, std::move(covariance));
    for (int k = 0; k < 2000; ++k) distribution.Update(Eigen::MatrixXd::Constant(3, 6, 0.25));
    Rng rng(1);
    EXPECT_TRUE(distribution.Sample(5, rng).allFinite());
    EXPECT_TRUE(distribution.mean().isApproxToConstant(0.25, 1e-3));
  }
}

TEST(SphereDistributionTest, AngleOfExplorationFallsToItsLastValueAndStays) {
  constexpr int n = 50;
  const double first = 50 * std::numbers::pi / 180;
  SphereDistribution sphere(n, first);
  Rng rng(1);
  sphere.Start(Eigen::MatrixXd::Ones(n, 1));
  // The mean angle between the base and what is drawn around it.
  const auto mean_angle = [&] {
    const Eigen::MatrixXd points = sphere.Sample(200, rng);
    double sum = 0;
    for (const auto& point : points.colwise())
      sum += std::acos(point.normalized().dot(sphere.base()));
    return sum / 200;
  };
  EXPECT_NEAR(mean_angle(), first, 0.03);
  for (int i = 0; i < 200; ++i) sphere.Update(sphere.Sample(4, rng));
  EXPECT_NEAR(mean_angle(), 7.33 * std::numbers::pi / 180, 0.01);
}

TEST(SphereDistributionTest, BaseGoesPastTheMeanOfTheBest) {
  SphereDistribution sphere(2, 1);
  sphere.Start(Eigen::Vector2d(1, 0));
  sphere.Update(Eigen::Vector2d(std::cos(0.2), std::sin(0.2)));
  EXPECT_NEAR(std::atan2(sphere.base()(1), sphere.base()(0)), 0.3, 1e-9);
  // The opposite point has no direction; the base stays.
  const Eigen::VectorXd before = sphere.base();
  sphere.Update(-before);
  EXPECT_EQ(sphere.base(), before);
}

}  // namespace
}  // namespace evoke
