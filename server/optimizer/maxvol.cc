#include "server/optimizer/maxvol.h"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <numeric>

namespace evoke {
namespace {

// Pivots under this share of the largest entry count as zero.
constexpr double kRelativeZero = 1e-12;
// Each exchange multiplies the volume by `tolerance` or more, so the loop ends by itself; the
// bound only guards against rounding.
constexpr int kMaxExchanges = 1000;

struct Pivots {
  std::vector<int> rows;
  std::vector<int> cols;
};

// Gaussian elimination with partial (row) pivoting; columns without a pivot are left out.
Pivots EliminationPivots(Eigen::MatrixXd a) {
  Pivots pivots;
  if (a.size() == 0) return pivots;
  const double zero = kRelativeZero * a.cwiseAbs().maxCoeff();
  std::vector<bool> used(a.rows(), false);
  for (int col = 0; col < a.cols(); ++col) {
    int best = -1;
    for (int row = 0; row < a.rows(); ++row) {
      if (!used[row] && (best < 0 || std::abs(a(row, col)) > std::abs(a(best, col)))) best = row;
    }
    if (best < 0) break;  // wider than tall: every row is chosen
    if (!(std::abs(a(best, col)) > zero)) continue;
    used[best] = true;
    pivots.rows.push_back(best);
    pivots.cols.push_back(col);
    for (int row = 0; row < a.rows(); ++row) {
      if (used[row]) continue;
      a.row(row) -= (a(row, col) / a(best, col)) * a.row(best);
    }
  }
  return pivots;
}

}  // namespace

void FillByNorm(const Eigen::MatrixXd& a, int count, std::vector<int>* rows) {
  std::vector<int> rest;
  for (int row = 0; row < a.rows(); ++row) {
    if (std::find(rows->begin(), rows->end(), row) == rows->end()) rest.push_back(row);
  }
  std::stable_sort(rest.begin(), rest.end(),
                   [&a](int x, int y) { return a.row(x).squaredNorm() > a.row(y).squaredNorm(); });
  for (int row : rest) {
    if (static_cast<int>(rows->size()) >= count) break;
    rows->push_back(row);
  }
}

MaxvolResult Maxvol(const Eigen::MatrixXd& a, double tolerance) {
  MaxvolResult result;
  const Pivots pivots = EliminationPivots(a);
  result.rows = pivots.rows;
  result.rank = static_cast<int>(pivots.rows.size());
  if (result.rank > 0) {
    const Eigen::MatrixXd independent = a(Eigen::all, pivots.cols);
    const auto coefficients = [&]() -> Eigen::MatrixXd {
      const Eigen::MatrixXd chosen = independent(result.rows, Eigen::all);
      // B chosen = independent, solved for B.
      return chosen.transpose().partialPivLu().solve(independent.transpose()).transpose();
    };
    Eigen::MatrixXd b = coefficients();
    for (int exchange = 0; exchange < kMaxExchanges; ++exchange) {
      Eigen::Index row, col;
      if (!(b.cwiseAbs().maxCoeff(&row, &col) > tolerance)) break;
      // Sherman-Morrison: row `row` takes the place of the chosen row `col`.
      Eigen::RowVectorXd change = b.row(row);
      change(col) -= 1;
      const Eigen::VectorXd column = b.col(col) / b(row, col);
      b -= column * change;
      result.rows[col] = static_cast<int>(row);
    }
    result.coefficients = coefficients();
  } else {
    result.coefficients.resize(a.rows(), 0);
  }
  FillByNorm(a, static_cast<int>(std::min(a.rows(), a.cols())), &result.rows);
  return result;
}

MaxvolResult RectMaxvol(const Eigen::MatrixXd& a, int max_rows, double tau) {
  MaxvolResult result = Maxvol(a);
  if (result.rank == 0) return result;
  Eigen::MatrixXd b = result.coefficients;
  std::vector<bool> used(a.rows(), false);
  for (int row : result.rows) used[row] = true;
  while (static_cast<int>(result.rows.size()) < max_rows) {
    int best = -1;
    double best_norm = tau * tau;
    for (int row = 0; row < b.rows(); ++row) {
      const double norm = b.row(row).squaredNorm();
      if (!used[row] && norm > best_norm) {
        best = row;
        best_norm = norm;
      }
    }
    if (best < 0) break;
    // The minimum-norm coefficients over the enlarged set.
    const Eigen::VectorXd added = b * b.row(best).transpose() / (1 + best_norm);
    b -= added * Eigen::RowVectorXd(b.row(best));
    b.conservativeResize(Eigen::NoChange, b.cols() + 1);
    b.rightCols(1) = added;
    used[best] = true;
    result.rows.push_back(best);
  }
  return result;
}

}  // namespace evoke
