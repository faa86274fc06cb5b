#include "server/optimizer/evolution/search_distribution.h"

#include <cmath>

namespace evoke {

Eigen::MatrixXd NormalMatrix(Eigen::Index rows, Eigen::Index cols, Rng& rng) {
  Eigen::MatrixXd numbers(rows, cols);
  for (double& number : numbers.reshaped()) number = rng.Normal();
  return numbers;
}

Eigen::VectorXd RankWeights(int count) {
  Eigen::VectorXd weights = Eigen::VectorXd::Zero(count);
  for (int i = 0; i < (count + 1) / 2; ++i) {
    weights(i) = std::log((count + 1) / 2.0) - std::log(i + 1.0);
  }
  // The only one, or the middle of three: where the logarithms leave nothing.
  if (weights(0) <= 0) weights(0) = 1;
  return weights / weights.sum();
}

}  // namespace evoke
