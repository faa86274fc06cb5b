// What the gradient estimators share: a centre, and pairs of points on opposite sides of it.
#ifndef EVOKE_SERVER_OPTIMIZER_GRADIENT_ANTITHETIC_SEARCH_H_
#define EVOKE_SERVER_OPTIMIZER_GRADIENT_ANTITHETIC_SEARCH_H_

#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/random.h"
#include "server/optimizer/batch_optimizer.h"

namespace evoke {

// A batch is a number of pairs, centre + step and centre - step, the steps drawn from a normal
// distribution (Xiao & Kreiman 2020, as their program does it). All is done in *scaled
// coordinates*, in which every prior has deviation 1: those of a standard normal prior are the
// latent's own.
//
// Where XDream's program has codes without bounds and scores of one scale, here
// - a point beyond a bound is reflected by it, and the step taken is the one to where it lands;
// - scores are in units of ObservationArchive::Spread(): counts of 2 or of 2000 are climbed alike.
//
// The first centre is the middle of the prior, or the best of what was adopted before the first
// batch. Later it moves to an adopted point that is the best of all known. A lost candidate takes
// its partner along; a batch without a whole pair leaves the centre where it is. Not thread-safe.
class AntitheticSearch : public BatchOptimizer {
 protected:
  // Scores less the batch's mean, in units of the archive's spread.
  struct Pair {
    Eigen::VectorXd forward;  // steps to both points, scaled coordinates
    Eigen::VectorXd backward;
    double forward_score;
    double backward_score;
  };

  // `method`: for messages and to mix into the seed. All dimensions must be continuous.
  AntitheticSearch(absl::string_view method, int pairs, double radius, LatentSpace space,
                   uint64_t seed);

  // How the centre is to move, scaled coordinates, given at least one pair; may change the radius.
  virtual Eigen::VectorXd Ascend(absl::Span<const Pair> pairs, double& radius) = 0;

 private:
  absl::StatusOr<std::vector<LatentPoint>> Propose() final;
  void Learn(absl::Span<const int> ids, bool adopted) final;

  // The point at `scaled`, reflected into the bounds.
  LatentPoint PointAt(const Eigen::VectorXd& scaled) const;
  Eigen::VectorXd Scaled(const LatentPoint& point) const;

  const std::string method_;
  const int pairs_;
  Eigen::VectorXd unit_;  // of each dimension; 1 where the bounds are equal
  Rng rng_;
  double radius_;  // standard deviation of a step in each scaled coordinate
  Eigen::VectorXd centre_;
  int paired_ = 0;  // points at the head of the batch that stand in pairs
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_GRADIENT_ANTITHETIC_SEARCH_H_
