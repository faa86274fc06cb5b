#include "server/optimizer/tensor_train/probability_train.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace evoke {
namespace {

constexpr double kLeastProbability = 1e-6;

// Scales to length 1 and returns the factor. A vector of zeros carries no information and passes
// no gradient on: it becomes an arbitrary one, with the factor 0.
double Normalize(Eigen::VectorXd& vector) {
  const double length = vector.norm();
  if (length > 0) {
    vector /= length;
    return 1 / length;
  }
  vector.setConstant(1 / std::sqrt(static_cast<double>(vector.size())));
  return 0;
}

}  // namespace

ProbabilityTrain::ProbabilityTrain(std::vector<int> mode_sizes, int rank, Rng& rng) {
  int parameters = 0;
  for (size_t k = 0; k < mode_sizes.size(); ++k) {
    const Core core = {.values = mode_sizes[k],
                       .left = k == 0 ? 1 : rank,
                       .right = k + 1 == mode_sizes.size() ? 1 : rank,
                       .first = parameters};
    cores_.push_back(core);
    parameters += core.left * core.values * core.right;
    summed_.emplace_back(core.left, core.values);
    rights_.emplace_back(core.right);
  }
  factors_.resize(cores_.size());
  parameters_.resize(parameters);
  for (double& parameter : parameters_) parameter = rng.Uniform();
  gradient_ = first_moment_ = second_moment_ = Eigen::VectorXd::Zero(parameters);
  Refresh();
}

ProbabilityTrain::Matrix ProbabilityTrain::MatrixOf(int core) const {
  const Core& c = cores_[core];
  return {parameters_.data() + c.first, c.left * c.values, c.right};
}

void ProbabilityTrain::Refresh() {
  Eigen::VectorXd right = Eigen::VectorXd::Ones(1);
  for (int k = size() - 1; k >= 0; --k) {
    rights_[k] = right;
    summed_[k].reshaped().noalias() = MatrixOf(k) * right;
    right = summed_[k].rowwise().sum();
    factors_[k] = Normalize(right);
  }
}

void ProbabilityTrain::set_parameters(Eigen::VectorXd parameters) {
  parameters_ = std::move(parameters);
  Refresh();
}

Eigen::VectorXd ProbabilityTrain::Weights(int core, const Eigen::VectorXd& left) const {
  return summed_[core].transpose() * left;
}

double ProbabilityTrain::Advance(int core, int value, Eigen::VectorXd& left) const {
  const int rows = cores_[core].left;
  left = (MatrixOf(core).middleRows(value * rows, rows).transpose() * left).eval();
  return Normalize(left);
}

ModeIndex ProbabilityTrain::Draw(Rng& rng) const {
  ModeIndex index(cores_.size());
  Eigen::VectorXd left = Eigen::VectorXd::Ones(1);
  for (int k = 0; k < size(); ++k) {
    const Eigen::VectorXd weights = Weights(k, left);
    const double total = weights.cwiseAbs().sum();
    double rest = rng.Uniform() * total;
    int value = 0;
    if (total > 0) {
      // Rounding may leave a rest after the last value, which then is taken.
      while (value + 1 < cores_[k].values && rest >= std::abs(weights(value))) {
        rest -= std::abs(weights(value++));
      }
    } else {
      value = rng.Index(cores_[k].values);
    }
    index[k] = value;
    Advance(k, value, left);
  }
  return index;
}

double ProbabilityTrain::LogLikelihood(const ModeIndex& index) const {
  double sum = 0;
  Eigen::VectorXd left = Eigen::VectorXd::Ones(1);
  for (int k = 0; k < size(); ++k) {
    const Eigen::VectorXd weights = Weights(k, left);
    const double total = weights.cwiseAbs().sum();
    const double share = total > 0 ? std::abs(weights(index[k])) / total : 0;
    sum += std::log(std::max(share, kLeastProbability));
    Advance(k, index[k], left);
  }
  return sum;
}

Eigen::VectorXd ProbabilityTrain::Gradient(absl::Span<const ModeIndex> entries) const {
  Eigen::VectorXd gradient(parameters_.size());
  FillGradient(entries, gradient);
  return gradient;
}

void ProbabilityTrain::FillGradient(absl::Span<const ModeIndex> entries,
                                    Eigen::VectorXd& gradient) const {
  gradient.setZero();
  const auto gradient_of = [&](int k) {
    const Core& c = cores_[k];
    return Eigen::Map<Eigen::MatrixXd>(gradient.data() + c.first, c.left * c.values, c.right);
  };
  // With respect to the columns of summed_, over all entries.
  std::vector<Eigen::MatrixXd> by_summed;
  for (const Eigen::MatrixXd& summed : summed_) {
    by_summed.push_back(Eigen::MatrixXd::Zero(summed.rows(), summed.cols()));
  }
  const double share = 1.0 / static_cast<double>(entries.size());
  std::vector<Eigen::VectorXd> lefts(cores_.size());
  std::vector<Eigen::VectorXd> by_weights(cores_.size());
  std::vector<double> factors(cores_.size());
  // Lengths are scaled to 1 on the way, and what follows does not depend on them: for the gradient
  // the scale of each vector is a constant.
  for (const ModeIndex& entry : entries) {
    Eigen::VectorXd left = Eigen::VectorXd::Ones(1);
    for (int k = 0; k < size(); ++k) {
      lefts[k] = left;
      const Eigen::VectorXd weights = Weights(k, left);
      const double total = weights.cwiseAbs().sum();
      Eigen::VectorXd& g = by_weights[k];
      g.setZero(weights.size());
      if (total > 0) {
        g = weights.cwiseSign() * (-share / total);
        const double chosen = weights(entry[k]);
        g(entry[k]) +=
            std::copysign(share / std::max(std::abs(chosen), kLeastProbability * total), chosen);
      }
      by_summed[k].noalias() += left * g.transpose();
      factors[k] = Advance(k, entry[k], left);
    }
    Eigen::VectorXd by_left = Eigen::VectorXd::Zero(1);  // of the mode after k
    for (int k = size() - 1; k >= 0; --k) {
      const Eigen::VectorXd by_product = by_left * factors[k];
      const int rows = cores_[k].left, first_row = entry[k] * rows;
      gradient_of(k).middleRows(first_row, rows).noalias() += lefts[k] * by_product.transpose();
      by_left = summed_[k] * by_weights[k] + MatrixOf(k).middleRows(first_row, rows) * by_product;
    }
  }
  // The sums over all values to the right are the same for every entry: one sweep for them all.
  Eigen::VectorXd by_right = Eigen::VectorXd::Zero(cores_[0].left);
  for (int k = 0; k < size(); ++k) {
    by_summed[k].colwise() += by_right * factors_[k];
    gradient_of(k).noalias() += by_summed[k].reshaped() * rights_[k].transpose();
    by_right = MatrixOf(k).transpose() * by_summed[k].reshaped();
  }
}

void ProbabilityTrain::Climb(absl::Span<const ModeIndex> entries, double learning_rate) {
  constexpr double kFirstDecay = 0.9, kSecondDecay = 0.999, kEpsilon = 1e-8;
  FillGradient(entries, gradient_);
  ++steps_;
  const double rate = learning_rate / (1 - std::pow(kFirstDecay, steps_));
  const double scale = 1 / std::sqrt(1 - std::pow(kSecondDecay, steps_));
  // By pieces that stay in the cache: there may be a million parameters.
  constexpr Eigen::Index kPiece = 1024;
  for (Eigen::Index first = 0; first < parameters_.size(); first += kPiece) {
    const Eigen::Index count = std::min(kPiece, parameters_.size() - first);
    const auto slope = gradient_.segment(first, count).array();
    auto mean = first_moment_.segment(first, count).array();
    auto square = second_moment_.segment(first, count).array();
    mean = kFirstDecay * mean + (1 - kFirstDecay) * slope;
    square = kSecondDecay * square + (1 - kSecondDecay) * slope.square();
    parameters_.segment(first, count).array() += rate * mean / (scale * square.sqrt() + kEpsilon);
  }
  Refresh();
}

}  // namespace evoke
