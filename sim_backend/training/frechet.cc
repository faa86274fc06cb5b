#include "sim_backend/training/frechet.h"

#include <Eigen/Dense>
#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace evoke {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Solver = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>;

Eigen::Map<const Matrix> Covariance(const FeatureStatistics& statistics) {
  return {statistics.covariance.data(), statistics.dimensions(), statistics.dimensions()};
}

Eigen::Map<const Eigen::VectorXd> Mean(const FeatureStatistics& statistics) {
  return {statistics.mean.data(), statistics.dimensions()};
}

// Rounding may leave eigenvalues of a covariance a little below zero.
Eigen::VectorXd Roots(const Solver& solver) { return solver.eigenvalues().cwiseMax(0).cwiseSqrt(); }

}  // namespace

absl::StatusOr<FeatureStatistics> SummarizeFeatures(absl::Span<const float> features,
                                                    int dimensions) {
  if (dimensions < 1 || features.size() % dimensions != 0) {
    return absl::InvalidArgumentError(absl::StrCat("Frechet distance: ", features.size(),
                                                   " numbers are no whole number of vectors of ",
                                                   dimensions));
  }
  FeatureStatistics result;
  result.count = static_cast<int64_t>(features.size()) / dimensions;
  if (result.count < 2) {
    return absl::InvalidArgumentError(absl::StrCat("Frechet distance: ", result.count,
                                                   " feature vectors have no covariance; give at "
                                                   "least two images"));
  }
  using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  Matrix rows = Eigen::Map<const Rows>(features.data(), result.count, dimensions).cast<double>();
  if (!rows.allFinite()) {
    return absl::InvalidArgumentError("Frechet distance: a feature is not finite");
  }
  const Eigen::RowVectorXd mean = rows.colwise().mean();
  rows.rowwise() -= mean;
  result.mean.assign(mean.data(), mean.data() + dimensions);
  result.covariance.resize(static_cast<size_t>(dimensions) * dimensions);
  Eigen::Map<Matrix>(result.covariance.data(), dimensions, dimensions).noalias() =
      rows.transpose() * rows / static_cast<double>(result.count - 1);
  return result;
}

absl::StatusOr<double> FrechetDistance(const FeatureStatistics& a, const FeatureStatistics& b) {
  if (a.dimensions() != b.dimensions()) {
    return absl::InvalidArgumentError(absl::StrCat("Frechet distance: features of ", a.dimensions(),
                                                   " and of ", b.dimensions(),
                                                   " dimensions do not compare"));
  }
  // The trace of (C1 C2)^(1/2) is that of (R C2 R)^(1/2), R = C1^(1/2), which is symmetric.
  const Solver first(Covariance(a));
  const Eigen::MatrixXd root =
      first.eigenvectors() * Roots(first).asDiagonal() * first.eigenvectors().transpose();
  const Solver product(root * Covariance(b) * root, Eigen::EigenvaluesOnly);
  const double squared = (Mean(a) - Mean(b)).squaredNorm() + Covariance(a).trace() +
                         Covariance(b).trace() - 2 * Roots(product).sum();
  return std::max(0.0, squared);
}

}  // namespace evoke
