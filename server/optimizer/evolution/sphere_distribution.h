// The distribution of SphereCMA: around a point on a sphere.
#ifndef EVOKE_SERVER_OPTIMIZER_EVOLUTION_SPHERE_DISTRIBUTION_H_
#define EVOKE_SERVER_OPTIMIZER_EVOLUTION_SPHERE_DISTRIBUTION_H_

#include "server/optimizer/evolution/search_distribution.h"

namespace evoke {

// Wang & Ponce 2022 (GECCO): in a generator's latent space the direction matters and the length
// does not, hence all points lie on the sphere of radius sqrt(dimensions), where a standard normal
// prior has its mass. Points are tangent steps from a base, carried over by the exponential map;
// the base moves along the great circle towards, and past, the weighted mean. The mean angle of
// exploration falls exponentially from its first value to 7.33 / 50 of it in 75 generations. The
// first generation is uniform on the sphere.
//
// Different from the source: the base itself is not shown (it has no weight in the update). In one
// dimension a sphere is two points. Not thread-safe.
class SphereDistribution final : public SearchDistribution {
 public:
  // `angle` in radians.
  SphereDistribution(int dimensions, double angle);

  Eigen::MatrixXd Sample(int count, Rng& rng) override;
  void Start(const Eigen::MatrixXd& ranked) override;
  void Update(const Eigen::MatrixXd& ranked) override;

  // A unit vector; zero before the first update.
  const Eigen::VectorXd& base() const { return base_; }
  double angle() const;

 private:
  const double first_angle_;
  Eigen::VectorXd base_;
  int generations_ = 0;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_EVOLUTION_SPHERE_DISTRIBUTION_H_
