// The shape of a search distribution: a covariance matrix C and how it learns.
#ifndef EVOKE_SERVER_OPTIMIZER_EVOLUTION_COVARIANCE_H_
#define EVOKE_SERVER_OPTIMIZER_EVOLUTION_COVARIANCE_H_

#include "Eigen/Core"

namespace evoke {

// What a generation taught. Steps are in units of the step size.
struct CovarianceLesson {
  const Eigen::VectorXd& path;     // evolution path of the mean
  double path_variance_loss;       // what the path lacks where it was stalled, 0 or cc (2 - cc)
  const Eigen::MatrixXd& steps;    // of the points from the old mean, columns, the best first
  const Eigen::VectorXd& weights;  // of the steps, sum 1
};

// How fast the two evolution paths forget, both in (0, 1).
struct PathRates {
  double step_size;   // cs
  double covariance;  // cc
};

// C = A A'. Starts as the identity. Not thread-safe.
class Covariance {
 public:
  virtual ~Covariance() = default;

  // A z: turns columns of standard normal numbers into draws from N(0, C).
  virtual Eigen::MatrixXd Colour(const Eigen::MatrixXd& z) const = 0;
  // Undoes it, up to a rotation that leaves lengths alone: |Whiten(y)|^2 = y' C^-1 y.
  virtual Eigen::MatrixXd Whiten(const Eigen::MatrixXd& y) const = 0;
  virtual void Learn(const CovarianceLesson& lesson) = 0;
  // Those that the method's source has for its paths; Hansen's unless overridden.
  virtual PathRates RatesOfPaths(int dimensions, double effective_parents) const;
};

// Learning rates of the rank-one and the rank-mu update (Hansen 2016).
struct CovarianceRates {
  CovarianceRates(int dimensions, double effective_parents);
  double one;
  double mu;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_EVOLUTION_COVARIANCE_H_
