// The alternating sweeps of TT-cross over the cores of a tensor train: which entries to look at,
// and which interface indices to keep. Knows no points, no archive, no noise.
#ifndef EVOKE_SERVER_OPTIMIZER_CROSS_SWEEP_H_
#define EVOKE_SERVER_OPTIMIZER_CROSS_SWEEP_H_

#include <Eigen/Core>
#include <vector>

#include "server/optimizer/maxvol.h"

namespace evoke {

// TTOpt (Sozykin, Chertkov, Schutski, Phan, Cichocki & Oseledets, NeurIPS 2022). Core k is the
// set of entries (left index, value of mode k, right index) over the kept left indices of modes
// 0..k-1 and right indices of modes k+1..d-1. After its values are known, maxvol on the unfolding
// chooses the indices kept on the side that the sweep comes from. Not thread-safe.
class CrossSweep {
 public:
  using Index = std::vector<int>;

  // `rows`: full indices whose left and right parts are the first interface indices, the
  // incumbent first; at least one. `rank`: interface indices kept, at most (rectangular: twice
  // that). Requires at least one mode.
  CrossSweep(std::vector<int> mode_sizes, int rank, bool rectangular,
             const std::vector<Index>& rows);

  int core() const { return core_; }
  // The current core's entries, left index major, right index minor.
  std::vector<Index> CoreIndices() const;

  // The values of CoreIndices(), in its order, all finite and the larger the better. Moves on to
  // the next core; at the last one the sweep turns round. `incumbent`: the best entry known; its
  // parts stay in every interface set, in place of the row whose loss costs least volume. Returns
  // true when the sweep is back at core 0, i.e. one full sweep (there and back) has ended.
  bool Advance(const Eigen::VectorXd& values, const Index& incumbent);

 private:
  using Parts = std::vector<Index>;
  // The kept rows of an unfolding whose rows stand for `candidates`.
  Parts Choose(const Eigen::MatrixXd& unfolding, const Parts& candidates,
               const Index& incumbent_part, int capacity) const;
  void Include(const Index& incumbent);

  const std::vector<int> sizes_;
  const int rank_;
  const bool rectangular_;
  // Of the bond before mode k: the rank, or less where the modes on one side have fewer values.
  std::vector<int> capacity_;
  std::vector<Parts> left_;   // left_[k]: values of modes 0..k-1
  std::vector<Parts> right_;  // right_[k]: values of modes k+1..d-1
  int core_ = 0;
  bool forward_ = true;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_CROSS_SWEEP_H_
