// A probability distribution over the entries of a huge tensor, held as a tensor train.
#ifndef EVOKE_SERVER_OPTIMIZER_TENSOR_TRAIN_PROBABILITY_TRAIN_H_
#define EVOKE_SERVER_OPTIMIZER_TENSOR_TRAIN_PROBABILITY_TRAIN_H_

#include <Eigen/Core>
#include <vector>

#include "absl/types/span.h"
#include "common/random.h"
#include "server/optimizer/mode_layout.h"

namespace evoke {

// The distribution of PROTES (Batsheva et al., NeurIPS 2023). Core k is an r(k) x n(k) x r(k+1)
// array; its value i is drawn with a probability in proportion to
//   | left(k)' core(k)[i] right(k+1) |,
// left(k) being the product of the cores before it at the values drawn, right(k+1) the product of
// those after it, summed over all their values. Both are scaled to length 1 at every mode, which
// changes no probability: hundreds of modes neither overflow nor underflow.
//
// A draw and a log-likelihood take O(sum of r n + r^2), a step of learning O(sum of r^2 n) beyond
// that. Not thread-safe.
class ProbabilityTrain {
 public:
  // All inner ranks are `rank`, and all parameters are drawn from [0, 1): nearly uniform. At least
  // one mode.
  ProbabilityTrain(std::vector<int> mode_sizes, int rank, Rng& rng);

  ModeIndex Draw(Rng& rng) const;
  // Of one entry of the tensor; at least log(1e-6) for each mode (see below).
  double LogLikelihood(const ModeIndex& index) const;

  // One step of Adam (Kingma & Ba 2015; 0.9, 0.999, 1e-8) up the mean log-likelihood of `entries`,
  // at least one.
  void Climb(absl::Span<const ModeIndex> entries, double learning_rate);
  // The gradient of that mean. A value of which the train thinks that it has a probability under
  // 1e-6 pulls as if it had that: one such entry is not to break Adam's scale for all steps to
  // come.
  Eigen::VectorXd Gradient(absl::Span<const ModeIndex> entries) const;

  // Core after core, each as a matrix by columns: the r(k) x r(k+1) matrices of its values, one
  // below the other.
  const Eigen::VectorXd& parameters() const { return parameters_; }
  void set_parameters(Eigen::VectorXd parameters);

 private:
  using Matrix = Eigen::Map<const Eigen::MatrixXd>;

  struct Core {
    int values;       // n
    int left, right;  // ranks
    int first;        // of its parameters
  };

  int size() const { return static_cast<int>(cores_.size()); }
  Matrix MatrixOf(int core) const;
  // The weight of each value of a core, with its sign: a probability but for the sum.
  Eigen::VectorXd Weights(int core, const Eigen::VectorXd& left) const;
  // left(k+1) from left(k); returns the factor that brought it to length 1.
  double Advance(int core, int value, Eigen::VectorXd& left) const;
  void FillGradient(absl::Span<const ModeIndex> entries, Eigen::VectorXd& gradient) const;
  // What follows from the parameters.
  void Refresh();

  std::vector<Core> cores_;
  Eigen::VectorXd parameters_;
  // Of core k: core[i] right(k+1), a column for each value i; right(k+1) itself; and the factor
  // that brought the sum of the columns, which is right(k), to length 1.
  std::vector<Eigen::MatrixXd> summed_;
  std::vector<Eigen::VectorXd> rights_;
  std::vector<double> factors_;
  // Adam's.
  Eigen::VectorXd gradient_;
  Eigen::VectorXd first_moment_;
  Eigen::VectorXd second_moment_;
  int steps_ = 0;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_TENSOR_TRAIN_PROBABILITY_TRAIN_H_
