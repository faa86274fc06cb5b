// The normal distribution of CMA-ES: mean, step size, covariance, and their evolution paths.
#ifndef EVOKE_SERVER_OPTIMIZER_EVOLUTION_GAUSSIAN_DISTRIBUTION_H_
#define EVOKE_SERVER_OPTIMIZER_EVOLUTION_GAUSSIAN_DISTRIBUTION_H_

#include <memory>

#include "server/optimizer/evolution/covariance.h"
#include "server/optimizer/evolution/search_distribution.h"

namespace evoke {

// Hansen 2016 (arXiv:1604.00772): the mean is a weighted average of the better half, the step size
// follows the length of the mean's path (cumulative step-size adaptation). Learns from the points
// that it is given, whoever proposed them; a step longer than a draw from the distribution ever is
// gets shortened (Hansen 2011, "Injecting external solutions into CMA-ES"). Not thread-safe.
class GaussianDistribution final : public SearchDistribution {
 public:
  // Starts at 0 with steps of `sigma`.
  GaussianDistribution(int dimensions, double sigma, std::unique_ptr<Covariance> covariance);

  Eigen::MatrixXd Sample(int count, Rng& rng) override;
  void Start(const Eigen::MatrixXd& ranked) override;
  void Update(const Eigen::MatrixXd& ranked) override;

  const Eigen::VectorXd& mean() const { return mean_; }
  double sigma() const { return sigma_; }

 private:
  const std::unique_ptr<Covariance> covariance_;
  Eigen::VectorXd mean_;
  double sigma_;
  Eigen::VectorXd step_path_;        // of the whitened mean steps
  Eigen::VectorXd covariance_path_;  // of the mean steps
  int generations_ = 0;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_EVOLUTION_GAUSSIAN_DISTRIBUTION_H_
