#include "server/optimizer/tt_cross.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <span>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "server/optimizer/fresh_points.h"

namespace evoke {
namespace {

// Rounds of stages without a new point, each at a rank one higher, before points are drawn from
// the prior instead.
constexpr int kMaxExtraRank = 3;

}  // namespace

TtCross::TtCross(const TtCrossOptions& options, LatentSpace space, uint64_t seed)
    : BatchOptimizer(std::move(space)),
      options_(options),
      rng_(MixSeed({seed, HashText("tt_cross")})) {
  if (this->space().is_map()) stages_ = options_.map_stages;
}

absl::StatusOr<std::vector<LatentPoint>> TtCross::Propose() {
  if (!std::exchange(initialised_, true)) {
    initial_ = InitialPoints();
    std::reverse(initial_.begin(), initial_.end());
  }
  std::vector<LatentPoint> batch;
  while (!initial_.empty() && static_cast<int>(batch.size()) < options_.max_batch) {
    // An adopted batch may have shown it meanwhile.
    if (archive().IsOpen(initial_.back())) batch.push_back(std::move(initial_.back()));
    initial_.pop_back();
  }
  if (!batch.empty()) return batch;
  // A neuron that answers everything alike gives a cross nothing to choose by; what moves it is
  // found sooner by draws from the whole space than around one of its silent points.
  while (!archive().AllEqual() && extra_rank_ <= kMaxExtraRank) {
    if (!sweep_) StartStage();
    if (!sweep_) break;  // no dimension has a second level
    batch = OpenCorePoints();
    if (!batch.empty()) {
      const int incumbent = StageIncumbent();
      if (WantsMeasurement(incumbent)) batch.push_back(archive().entry(incumbent).point);
      return batch;
    }
    const std::vector<int> ids = CollectCore(sweep_->CoreIndices());
    FinishCore(ids, StageIncumbent());
  }
  extra_rank_ = 0;
  sweep_.reset();
  const int count = std::clamp(options_.initial_points, 1, options_.max_batch);
  batch = DrawFreshPoints(space(), archive(), count, rng_);
  if (batch.empty()) {
    return absl::ResourceExhaustedError(
        "tt_cross: every point of the space has been shown; end the experiment");
  }
  return batch;
}

void TtCross::Learn(absl::Span<const int> ids, bool adopted) {
  since_improvement_ += static_cast<int>(ids.size());
  new_points_in_round_ = true;
  extra_rank_ = 0;
  adopted_ = adopted_ || adopted;
}

std::vector<LatentPoint> TtCross::InitialPoints() {
  const int count = options_.initial_points;
  if (stages_.empty()) return DrawFreshPoints(space(), archive(), count, rng_);
  // Uniform within the groups of the first stage. Levels of a group are spread evenly over the
  // ordered codes, from a random start, in an order shuffled per group.
  const std::vector<int> groups = MapGroups(space(), stages_.front());
  const int group_count = *std::max_element(groups.begin(), groups.end()) + 1;
  std::vector<LatentPoint> points(count, LatentPoint(space().size()));
  for (int group = 0; group < group_count; ++group) {
    std::vector<int> strata(count);
    std::iota(strata.begin(), strata.end(), 0);
    rng_.Shuffle(std::span<int>(strata));
    for (int p = 0; p < count; ++p) {
      const double share = (strata[p] + rng_.Uniform()) / count;
      for (int i = 0; i < space().size(); ++i) {
        if (groups[i] != group) continue;
        const LatentDimension& d = space().dimensions[i];
        points[p][i] = d.kind == LatentDimension::Kind::kCategorical
                           ? std::min(std::floor(share * d.levels), d.levels - 1.0)
                           : d.lower + share * (d.upper - d.lower);
      }
    }
  }
  std::vector<LatentPoint> open;
  for (LatentPoint& point : points) {
    if (archive().IsOpen(point) && std::find(open.begin(), open.end(), point) == open.end()) {
      open.push_back(std::move(point));
    }
  }
  return open;
}

void TtCross::StartStage() {
  std::vector<int> groups(space().size());
  if (stages_.empty()) {
    std::iota(groups.begin(), groups.end(), 0);
  } else {
    groups = MapGroups(space(), stages_[stage_]);
  }
  const int best = archive().Best();
  layout_.emplace(space(), options_, groups,
                  best >= 0 ? archive().entry(best).point : space().Sample(rng_));
  const int modes = layout_->size();
  order_.resize(modes);
  std::iota(order_.begin(), order_.end(), 0);
  if (options_.sweep_order == TtCrossOptions::SweepOrder::kCoarseToFine) {
    std::stable_sort(order_.begin(), order_.end(), [this](int a, int b) {
      return layout_->mode_depth(a) < layout_->mode_depth(b);
    });
  } else if (options_.sweep_order == TtCrossOptions::SweepOrder::kRandom) {
    rng_.Shuffle(std::span<int>(order_));
  }
  stage_entries_.clear();
  since_improvement_ = 0;
  last_incumbent_ = incumbent_before_sweep_ = best;
  adopted_ = false;
  if (modes == 0) return;
  std::vector<int> sizes;
  for (int mode : order_) sizes.push_back(layout_->mode_size(mode));
  const std::vector<CrossSweep::Index> rows = InterfaceRows(modes);
  sweep_.emplace(std::move(sizes), static_cast<int>(rows.size()), options_.rect_maxvol, rows);
  if (best >= 0) {
    // Index 0 is the base point, unless that lay off the grid.
    const int id = archive().Find(PointOf(rows[0]));
    if (id >= 0 && archive().measured(id)) stage_entries_.emplace(id, rows[0]);
  }
}

std::vector<CrossSweep::Index> TtCross::InterfaceRows(int mode_count) {
  // A later round at rank 1 would only repeat the one before.
  const int rank = std::max(options_.rank, round_ > 0 ? 2 : 1) + extra_rank_;
  std::vector<CrossSweep::Index> rows(rank, CrossSweep::Index(mode_count, 0));
  for (int r = 1; r < rank; ++r) {
    for (int k = 0; k < mode_count; ++k) {
      const int size = layout_->mode_size(order_[k]);
      const bool differs = rng_.Uniform() < options_.row_spread;
      const int value = rng_.Index(size);
      if (differs) rows[r][k] = value;
    }
  }
  return rows;
}

LatentPoint TtCross::PointOf(const CrossSweep::Index& swept) const {
  ModeIndex index(swept.size());
  for (size_t k = 0; k < swept.size(); ++k) index[order_[k]] = swept[k];
  return layout_->Decode(index);
}

std::vector<LatentPoint> TtCross::OpenCorePoints() const {
  std::vector<LatentPoint> points;
  absl::flat_hash_set<LatentPoint> taken;
  for (const CrossSweep::Index& index : sweep_->CoreIndices()) {
    if (static_cast<int>(points.size()) == options_.max_batch) break;
    LatentPoint point = PointOf(index);
    if (archive().IsOpen(point) && taken.insert(point).second) points.push_back(std::move(point));
  }
  return points;
}

bool TtCross::WantsMeasurement(int id) const {
  if (id < 0) return false;
  const ObservationArchive::Entry& entry = archive().entry(id);
  return entry.variance > 0 && entry.measurements < options_.incumbent_measurements;
}

std::vector<int> TtCross::CollectCore(const std::vector<CrossSweep::Index>& indices) {
  std::vector<int> ids;
  for (const CrossSweep::Index& index : indices) {
    const int id = archive().Find(PointOf(index));
    ids.push_back(id >= 0 && archive().measured(id) ? id : -1);
    if (ids.back() >= 0) stage_entries_.emplace(id, index);
  }
  return ids;
}

int TtCross::StageIncumbent() const {
  int best = -1;
  for (const auto& [id, index] : stage_entries_) {
    if (best < 0 || archive().IsBetter(id, best)) best = id;
  }
  return best;
}

void TtCross::FinishCore(const std::vector<int>& ids, int incumbent) {
  const int best = archive().Best();
  if (std::exchange(adopted_, false) && best >= 0 && !stage_entries_.contains(best)) {
    sweep_.reset();  // the same stage again, around the point that was brought in
    return;
  }
  if (incumbent < 0) {
    EndStage();  // everything was lost
    return;
  }
  // Entries whose points were lost count as the worst of the core.
  const double top = archive().EstimateOf(incumbent).score;
  const double scale = archive().Spread();
  Eigen::VectorXd values(ids.size());
  double lowest = std::numbers::pi / 2;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] < 0) continue;
    values(i) =
        std::numbers::pi / 2 - std::atan((top - archive().EstimateOf(ids[i]).score) / scale);
    lowest = std::min(lowest, values(i));
  }
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] < 0) values(i) = lowest;
  }
  const bool full_sweep = sweep_->Advance(values, stage_entries_.at(incumbent));
  if (incumbent != std::exchange(last_incumbent_, incumbent)) since_improvement_ = 0;
  const bool last = stage_ + 1 >= stages_.size();
  const int patience = last ? 2 * options_.stage_patience : options_.stage_patience;
  const bool out_of_patience = !stages_.empty() && patience > 0 && since_improvement_ >= patience;
  if (out_of_patience || (full_sweep && incumbent == incumbent_before_sweep_)) {
    EndStage();
  } else if (full_sweep) {
    incumbent_before_sweep_ = incumbent;
  }
}

void TtCross::EndStage() {
  sweep_.reset();
  if (++stage_ < stages_.size()) return;
  stage_ = 0;
  ++round_;
  if (!std::exchange(new_points_in_round_, false)) ++extra_rank_;
}

}  // namespace evoke
