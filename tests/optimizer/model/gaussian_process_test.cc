#include "server/optimizer/model/gaussian_process.h"

#include <gtest/gtest.h>

#include <cmath>

#include "common/random.h"

namespace evoke {
namespace {

constexpr int kFeatures = 3;

Eigen::MatrixXf Points(int count, uint64_t seed) {
  Rng rng(seed);
  Eigen::MatrixXf points(kFeatures, count);
  for (Eigen::Index c = 0; c < count; ++c) {
    for (Eigen::Index r = 0; r < kFeatures; ++r) points(r, c) = static_cast<float>(rng.Normal());
  }
  return points;
}

double Smooth(const Eigen::VectorXf& p) { return std::sin(p[0]) + 0.5 * p[1] * p[1] - p[2]; }

Eigen::MatrixXd ValuesAt(const Eigen::MatrixXf& points) {
  Eigen::MatrixXd values(points.cols(), 1);
  for (Eigen::Index c = 0; c < points.cols(); ++c) values(c, 0) = Smooth(points.col(c));
  return values;
}

GaussianProcess Fit(int count, double noise, const GpKernel& kernel = {1.5, 4}) {
  const Eigen::MatrixXf points = Points(count, 1);
  return {points, kernel, Eigen::VectorXd::Constant(count, noise), ValuesAt(points)};
}

TEST(GaussianProcessTest, PassesThroughWhatWasSeenWithoutNoise) {
  const GaussianProcess process = Fit(40, 1e-6);
  const Eigen::MatrixXf points = Points(40, 1);
  const auto seen = process.Predict(points, Eigen::VectorXi::Zero(40), false);
  EXPECT_LT((seen.mean - ValuesAt(points).col(0)).cwiseAbs().maxCoeff(), 1e-3);
  EXPECT_LT((process.means() - ValuesAt(points)).cwiseAbs().maxCoeff(), 1e-3);
  EXPECT_LT(process.Deviation(points).maxCoeff(), 0.01);
}

TEST(GaussianProcessTest, PredictsASmoothFunctionWhereItWasNotSeen) {
  const GaussianProcess process = Fit(200, 1e-4);
  const Eigen::MatrixXf fresh = 0.7f * Points(50, 2);
  const auto predicted = process.Predict(fresh, Eigen::VectorXi::Zero(50), false);
  const Eigen::VectorXd error = predicted.mean - ValuesAt(fresh).col(0);
  EXPECT_LT(std::sqrt(error.squaredNorm() / 50), 0.1);
}

TEST(GaussianProcessTest, GradientIsThatOfTheMean) {
  const GaussianProcess process = Fit(60, 0.01);
  const Eigen::MatrixXf at = Points(5, 3);
  const auto predicted = process.Predict(at, Eigen::VectorXi::Zero(5), true);
  constexpr float kStep = 0.01f;
  for (Eigen::Index r = 0; r < kFeatures; ++r) {
    Eigen::MatrixXf up = at, down = at;
    up.row(r).array() += kStep;
    down.row(r).array() -= kStep;
    const Eigen::VectorXd slope = (process.Predict(up, Eigen::VectorXi::Zero(5), false).mean -
                                   process.Predict(down, Eigen::VectorXi::Zero(5), false).mean) /
                                  (2 * kStep);
    for (Eigen::Index q = 0; q < 5; ++q) EXPECT_NEAR(predicted.gradient(r, q), slope[q], 0.02);
  }
}

TEST(GaussianProcessTest, FunctionsAreKeptApart) {
  const Eigen::MatrixXf points = Points(30, 1);
  Eigen::MatrixXd values(30, 2);
  values << ValuesAt(points), -ValuesAt(points);
  const GaussianProcess process(points, {1.5, 4}, Eigen::VectorXd::Constant(30, 0.01), values);
  const Eigen::MatrixXf at = Points(1, 4).replicate(1, 2);
  const auto predicted = process.Predict(at, Eigen::Vector2i(0, 1), true);
  EXPECT_NEAR(predicted.mean[0], -predicted.mean[1], 1e-9);
  EXPECT_TRUE(predicted.gradient.col(0).isApprox(-predicted.gradient.col(1), 1e-4f));
}

TEST(GaussianProcessTest, NoiseIsSmoothedAway) {
  Rng rng(7);
  const Eigen::MatrixXf points = Points(300, 1);
  Eigen::MatrixXd values = ValuesAt(points);
  for (double& v : values.reshaped()) v += rng.Normal();
  const GaussianProcess process(points, {1.5, 4}, Eigen::VectorXd::Ones(300), values);
  const Eigen::VectorXd truth = ValuesAt(points).col(0);
  EXPECT_LT((process.means().col(0) - truth).norm(), 0.6 * (values.col(0) - truth).norm());
}

TEST(GaussianProcessTest, CovarianceFitsTheDeviation) {
  const GaussianProcess process = Fit(20, 0.1);
  const Eigen::MatrixXf at = Points(6, 5);
  const Eigen::MatrixXd covariance = process.Covariance(at, at);
  const Eigen::VectorXd deviation = process.Deviation(at);
  for (Eigen::Index i = 0; i < 6; ++i) {
    EXPECT_NEAR(std::sqrt(covariance(i, i)), deviation[i], 1e-4);
  }
}

TEST(GaussianProcessTest, EqualPointsWithoutNoiseAreTaken) {
  const Eigen::MatrixXf points = Points(1, 1).replicate(1, 5);
  const GaussianProcess process(points, {1, 1}, Eigen::VectorXd::Zero(5),
                                Eigen::MatrixXd::Ones(5, 1));
  EXPECT_NEAR(process.Predict(points, Eigen::VectorXi::Zero(5), false).mean[0], 1, 0.01);
}

}  // namespace
}  // namespace evoke
