#include "server/optimizer/cross_sweep.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace evoke {
namespace {

using Index = CrossSweep::Index;

void AddUnique(std::vector<Index>* parts, Index part, int capacity) {
  if (static_cast<int>(parts->size()) < capacity &&
      std::find(parts->begin(), parts->end(), part) == parts->end()) {
    parts->push_back(std::move(part));
  }
}

Index Head(const Index& index, int count) { return Index(index.begin(), index.begin() + count); }
Index Tail(const Index& index, int from) { return Index(index.begin() + from, index.end()); }

Index Join(const Index& left, int value, const Index& right) {
  Index index = left;
  index.push_back(value);
  index.insert(index.end(), right.begin(), right.end());
  return index;
}

}  // namespace

CrossSweep::CrossSweep(std::vector<int> mode_sizes, int rank, bool rectangular,
                       const std::vector<Index>& rows)
    : sizes_(std::move(mode_sizes)),
      rank_(rank),
      rectangular_(rectangular),
      capacity_(sizes_.size() + 1, 1),
      left_(sizes_.size()),
      right_(sizes_.size()) {
  const int d = static_cast<int>(sizes_.size());
  for (int64_t k = 1, heads = 1; k < d; ++k) {
    heads = std::min<int64_t>(rank_, heads * sizes_[k - 1]);
    capacity_[k] = static_cast<int>(heads);
  }
  for (int64_t k = d - 1, tails = 1; k > 0; --k) {
    tails = std::min<int64_t>(rank_, tails * sizes_[k]);
    capacity_[k] = std::min(capacity_[k], static_cast<int>(tails));
  }
  for (int k = 0; k < d; ++k) {
    for (const Index& row : rows) {
      AddUnique(&left_[k], Head(row, k), capacity_[k]);
      AddUnique(&right_[k], Tail(row, k + 1), capacity_[k + 1]);
    }
  }
}

std::vector<Index> CrossSweep::CoreIndices() const {
  std::vector<Index> indices;
  for (const Index& left : left_[core_]) {
    for (int value = 0; value < sizes_[core_]; ++value) {
      for (const Index& right : right_[core_]) indices.push_back(Join(left, value, right));
    }
  }
  return indices;
}

CrossSweep::Parts CrossSweep::Choose(const Eigen::MatrixXd& unfolding, const Parts& candidates,
                                     const Index& incumbent_part, int capacity) const {
  const MaxvolResult chosen =
      rectangular_ ? RectMaxvol(unfolding, 2 * capacity) : Maxvol(unfolding);
  std::vector<int> rows = chosen.rows;
  // A square choice has as many rows as the other side has columns. Fewer of those than the rank
  // must not pull this side down with them, nor more of them push it up.
  FillByNorm(unfolding, capacity, &rows);
  const int most = rectangular_ ? 2 * capacity : capacity;
  if (static_cast<int>(rows.size()) > most) rows.resize(most);
  const auto place = std::find(candidates.begin(), candidates.end(), incumbent_part);
  if (place != candidates.end()) {
    const int incumbent_row = static_cast<int>(place - candidates.begin());
    if (std::find(rows.begin(), rows.end(), incumbent_row) == rows.end()) {
      // Rows that only fill up, or that rectangular maxvol added, carry no volume of the square
      // submatrix: the last of them goes first.
      int least = static_cast<int>(rows.size()) - 1;
      if (static_cast<int>(rows.size()) <= chosen.rank) {
        for (int i = 0; i < static_cast<int>(rows.size()); ++i) {
          if (std::abs(chosen.coefficients(incumbent_row, i)) >
              std::abs(chosen.coefficients(incumbent_row, least))) {
            least = i;
          }
        }
      }
      rows[least] = incumbent_row;
    }
  }
  Parts parts;
  for (int row : rows) parts.push_back(candidates[row]);
  return parts;
}

void CrossSweep::Include(const Index& incumbent) {
  const auto include = [](Parts* parts, const Index& part, int capacity) {
    if (std::find(parts->begin(), parts->end(), part) != parts->end()) return;
    if (static_cast<int>(parts->size()) < capacity) {
      parts->push_back(part);
    } else {
      parts->back() = part;
    }
  };
  for (int k = 0; k < static_cast<int>(sizes_.size()); ++k) {
    include(&left_[k], Head(incumbent, k), capacity_[k]);
    include(&right_[k], Tail(incumbent, k + 1), capacity_[k + 1]);
  }
}

bool CrossSweep::Advance(const Eigen::VectorXd& values, const Index& incumbent) {
  const int last = static_cast<int>(sizes_.size()) - 1;
  const int lefts = static_cast<int>(left_[core_].size());
  const int rights = static_cast<int>(right_[core_].size());
  const int n = sizes_[core_];
  bool full_sweep = false;
  if (forward_ && core_ < last) {
    Parts candidates;
    Eigen::MatrixXd unfolding(lefts * n, rights);
    for (int l = 0; l < lefts; ++l) {
      for (int v = 0; v < n; ++v) {
        candidates.push_back(Join(left_[core_][l], v, {}));
        for (int r = 0; r < rights; ++r) {
          unfolding(l * n + v, r) = values((l * n + v) * rights + r);
        }
      }
    }
    left_[core_ + 1] =
        Choose(unfolding, candidates, Head(incumbent, core_ + 1), capacity_[core_ + 1]);
    ++core_;
  } else if (!forward_ && core_ > 0) {
    Parts candidates;
    Eigen::MatrixXd unfolding(n * rights, lefts);
    for (int v = 0; v < n; ++v) {
      for (int r = 0; r < rights; ++r) {
        candidates.push_back(Join({}, v, right_[core_][r]));
        for (int l = 0; l < lefts; ++l) {
          unfolding(v * rights + r, l) = values((l * n + v) * rights + r);
        }
      }
    }
    right_[core_ - 1] = Choose(unfolding, candidates, Tail(incumbent, core_), capacity_[core_]);
    --core_;
  }
  if (forward_ ? core_ == last : core_ == 0) {
    full_sweep = !forward_ || last == 0;
    forward_ = last == 0 || !forward_;
  }
  Include(incumbent);
  return full_sweep;
}

}  // namespace evoke
