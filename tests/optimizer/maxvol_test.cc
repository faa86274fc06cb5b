#include "server/optimizer/maxvol.h"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <Eigen/QR>
#include <cmath>
#include <set>

#include "common/random.h"

namespace evoke {
namespace {

Eigen::MatrixXd RandomMatrix(int rows, int cols, Rng& rng) {
  Eigen::MatrixXd a(rows, cols);
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < cols; ++c) a(r, c) = rng.Normal();
  }
  return a;
}

void ExpectDistinctRows(const MaxvolResult& result, const Eigen::MatrixXd& a, size_t count) {
  EXPECT_EQ(result.rows.size(), count);
  EXPECT_EQ(std::set<int>(result.rows.begin(), result.rows.end()).size(), count);
  for (int row : result.rows) {
    EXPECT_GE(row, 0);
    EXPECT_LT(row, a.rows());
  }
  EXPECT_TRUE(result.coefficients.allFinite());
}

TEST(MaxvolTest, ChosenSubmatrixIsDominant) {
  Rng rng(1);
  for (int trial = 0; trial < 20; ++trial) {
    const int cols = 1 + rng.Index(6);
    const Eigen::MatrixXd a = RandomMatrix(cols + rng.Index(40), cols, rng);
    const MaxvolResult result = Maxvol(a, 1.05);
    ExpectDistinctRows(result, a, cols);
    EXPECT_EQ(result.rank, cols);
    const Eigen::MatrixXd chosen = a(result.rows, Eigen::all);
    const Eigen::MatrixXd b = a * chosen.inverse();
    EXPECT_LE(b.cwiseAbs().maxCoeff(), 1.05 + 1e-9);
    EXPECT_LT((b - result.coefficients).cwiseAbs().maxCoeff(), 1e-8);
  }
}

TEST(MaxvolTest, FindsTheLargestVolumeWhereExchangesCan) {
  // The elimination alone would start with row 0, the largest entry of the first column.
  Eigen::MatrixXd a(3, 2);
  a << 1.0, 0.99, 0.9, -0.9, 0.99, 1.0;
  const MaxvolResult result = Maxvol(a, 1.001);
  const double volume = std::abs(a(result.rows, Eigen::all).determinant());
  double largest = 0;
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < i; ++j) {
      largest = std::max(largest, std::abs(a(std::vector<int>{i, j}, Eigen::all).determinant()));
    }
  }
  EXPECT_NEAR(volume, largest, 0.001 * largest);
}

TEST(MaxvolTest, OneColumnTakesTheLargestEntry) {
  Eigen::MatrixXd a(4, 1);
  a << 1, -5, 3, 5;
  EXPECT_EQ(Maxvol(a).rows, std::vector<int>{1});
}

TEST(MaxvolTest, RankDeficientMatrixIsFilledByNorm) {
  Rng rng(2);
  const Eigen::MatrixXd a = RandomMatrix(10, 2, rng) * RandomMatrix(2, 4, rng);
  const MaxvolResult result = Maxvol(a);
  EXPECT_EQ(result.rank, 2);
  ExpectDistinctRows(result, a, 4);
  EXPECT_EQ(result.coefficients.cols(), 2);
  EXPECT_LE(result.coefficients.cwiseAbs().maxCoeff(), 1.05 + 1e-9);
}

TEST(MaxvolTest, EqualZeroAndWideMatricesGiveDistinctRows) {
  const Eigen::MatrixXd equal = Eigen::MatrixXd::Constant(6, 3, 7.0);
  ExpectDistinctRows(Maxvol(equal), equal, 3);
  EXPECT_EQ(Maxvol(equal).rank, 1);
  const Eigen::MatrixXd zero = Eigen::MatrixXd::Zero(6, 3);
  ExpectDistinctRows(Maxvol(zero), zero, 3);
  EXPECT_EQ(Maxvol(zero).rank, 0);
  Rng rng(3);
  const Eigen::MatrixXd wide = RandomMatrix(2, 9, rng);
  ExpectDistinctRows(Maxvol(wide), wide, 2);
  const Eigen::MatrixXd tiny = 1e-300 * RandomMatrix(8, 3, rng);
  ExpectDistinctRows(Maxvol(tiny), tiny, 3);
}

TEST(RectMaxvolTest, AddsRowsUntilAllCoefficientsAreSmall) {
  Rng rng(4);
  const Eigen::MatrixXd a = RandomMatrix(60, 4, rng);
  const MaxvolResult result = RectMaxvol(a, 60, 1.1);
  EXPECT_GT(result.rows.size(), 4u);
  EXPECT_LT(result.rows.size(), 30u);
  ExpectDistinctRows(result, a, result.rows.size());
  const Eigen::MatrixXd chosen = a(result.rows, Eigen::all);
  // Minimum-norm coefficients of every row over the chosen ones.
  const Eigen::MatrixXd b = a * chosen.completeOrthogonalDecomposition().pseudoInverse();
  std::set<int> in(result.rows.begin(), result.rows.end());
  for (int row = 0; row < a.rows(); ++row) {
    if (!in.contains(row)) {
      EXPECT_LE(b.row(row).norm(), 1.1 + 1e-9);
    }
  }
}

TEST(RectMaxvolTest, RespectsTheLargestCount) {
  Rng rng(5);
  const Eigen::MatrixXd a = RandomMatrix(60, 4, rng);
  ExpectDistinctRows(RectMaxvol(a, 6, 0.5), a, 6);
  const Eigen::MatrixXd zero = Eigen::MatrixXd::Zero(5, 3);
  ExpectDistinctRows(RectMaxvol(zero, 5), zero, 3);
}

}  // namespace
}  // namespace evoke
