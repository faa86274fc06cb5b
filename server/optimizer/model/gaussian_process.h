// Gaussian process regression (Rasmussen & Williams 2006, chapters 2 and 5).
#ifndef EVOKE_SERVER_OPTIMIZER_MODEL_GAUSSIAN_PROCESS_H_
#define EVOKE_SERVER_OPTIMIZER_MODEL_GAUSSIAN_PROCESS_H_

#include <Eigen/Cholesky>
#include <Eigen/Core>

namespace evoke {

// Squared-exponential, of zero mean.
struct GpKernel {
  double length = 1;
  double variance = 1;
};

// Several functions that were seen at the same points. Immutable; safe to share between threads.
class GaussianProcess {
 public:
  // `points`: [feature][point]. `noise`: [point], a variance over 0. `values`: [point][function].
  GaussianProcess(Eigen::MatrixXf points, const GpKernel& kernel, const Eigen::VectorXd& noise,
                  const Eigen::MatrixXd& values);

  int size() const { return static_cast<int>(points_.cols()); }
  int functions() const { return static_cast<int>(weights_.cols()); }

  // Posterior means at the points themselves: [point][function].
  const Eigen::MatrixXd& means() const { return means_; }

  struct Prediction {
    Eigen::VectorXd mean;      // [query]
    Eigen::MatrixXf gradient;  // [feature][query], if asked for
  };
  // Posterior mean at queries [feature][query]; `function` says of which function, for each query.
  Prediction Predict(const Eigen::MatrixXf& queries, const Eigen::VectorXi& function,
                     bool gradient) const;
  // Posterior standard deviation, without noise: [query]. The same for all functions.
  Eigen::VectorXd Deviation(const Eigen::MatrixXf& queries) const;
  // Posterior covariance of two sets of queries: [a][b].
  Eigen::MatrixXd Covariance(const Eigen::MatrixXf& a, const Eigen::MatrixXf& b) const;

 private:
  // Kernel values without the variance: [point][query].
  Eigen::MatrixXf Correlations(const Eigen::MatrixXf& queries) const;

  const GpKernel kernel_;
  const Eigen::MatrixXf points_;
  Eigen::LLT<Eigen::MatrixXd> factor_;
  Eigen::MatrixXd weights_;  // [point][function]
  Eigen::MatrixXd means_;
};

// Squared distances of all columns of `a` from all of `b`.
Eigen::MatrixXf SquaredDistances(const Eigen::MatrixXf& a, const Eigen::MatrixXf& b);

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_MODEL_GAUSSIAN_PROCESS_H_
