// Choosing rows of a tall matrix that span it best: the pivots of a cross approximation.
#ifndef EVOKE_SERVER_OPTIMIZER_MAXVOL_H_
#define EVOKE_SERVER_OPTIMIZER_MAXVOL_H_

#include <Eigen/Core>
#include <vector>

namespace evoke {

struct MaxvolResult {
  // Distinct row numbers; the first `rank` of them carry the volume, the rest only fill up.
  std::vector<int> rows;
  // The numerical rank found.
  int rank = 0;
  // a.rows() x rank: every row of the matrix as a combination of the first `rank` chosen rows,
  // on the pivot columns. |coefficient (i, j)| is the factor by which the volume changes when
  // row i takes the place of rows[j].
  Eigen::MatrixXd coefficients;
};

// Appends the rows of largest norm that are not among `rows` yet, lower numbers first among
// equals, until there are `count` (or all).
void FillByNorm(const Eigen::MatrixXd& a, int count, std::vector<int>* rows);

// min(rows, cols) rows whose square submatrix has locally the largest volume: no single exchange
// makes it larger by more than `tolerance` (Goreinov, Oseledets, Savostyanov, Tyrtyshnikov &
// Zamarashkin 2010, "How to find a good submatrix"). Started from the pivots of an LU
// decomposition with partial pivoting.
//
// Every finite matrix is accepted. Where it has fewer independent rows than columns (or is zero,
// or wider than tall), the independent ones are chosen first, then the rows of largest norm.
MaxvolResult Maxvol(const Eigen::MatrixXd& a, double tolerance = 1.05);

// Maxvol, then further rows, greedily by the volume of the rectangular submatrix, until none has
// a coefficient norm over `tau` or `max_rows` rows are chosen (Mikhalev & Oseledets 2018,
// "Rectangular maximum-volume submatrices and their applications"). `coefficients` are those of
// the square stage.
MaxvolResult RectMaxvol(const Eigen::MatrixXd& a, int max_rows, double tau = 1.1);

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_MAXVOL_H_
