#include "server/optimizer/gradient/antithetic_search.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "server/optimizer/evolution/batch_builder.h"
#include "server/optimizer/evolution/prior_scale.h"

namespace evoke {
namespace {

// Folds the line onto [lower, upper] by reflection at both ends.
double Reflect(double value, double lower, double upper) {
  const double width = upper - lower;
  if (width == 0) return lower;
  const double phase = std::fmod(std::abs(value - lower), 2 * width);
  return std::clamp(lower + (phase <= width ? phase : 2 * width - phase), lower, upper);
}

}  // namespace

AntitheticSearch::AntitheticSearch(absl::string_view method, int pairs, double radius,
                                   LatentSpace space, uint64_t seed)
    : BatchOptimizer(std::move(space)),
      method_(method),
      pairs_(pairs),
      unit_(this->space().size()),
      rng_(MixSeed({seed, HashText(method_)})),
      radius_(radius) {
  LatentPoint middle;
  for (int i = 0; i < this->space().size(); ++i) {
    const LatentDimension& d = this->space().dimensions[i];
    unit_(i) = d.lower == d.upper ? 1 : PriorDeviation(d);
    middle.push_back(PriorCentre(d));
  }
  centre_ = Scaled(middle);
}

Eigen::VectorXd AntitheticSearch::Scaled(const LatentPoint& point) const {
  return Eigen::Map<const Eigen::VectorXd>(point.data(), space().size()).cwiseQuotient(unit_);
}

LatentPoint AntitheticSearch::PointAt(const Eigen::VectorXd& scaled) const {
  LatentPoint point;
  for (int i = 0; i < space().size(); ++i) {
    const LatentDimension& d = space().dimensions[i];
    point.push_back(Reflect(scaled(i) * unit_(i), d.lower, d.upper));
  }
  return point;
}

absl::StatusOr<std::vector<LatentPoint>> AntitheticSearch::Propose() {
  BatchBuilder batch(space(), archive());
  for (int pair = 0; pair < pairs_; ++pair) {
    Eigen::VectorXd step(space().size());
    for (double& coordinate : step) coordinate = radius_ * rng_.Normal();
    LatentPoint forward = PointAt(centre_ + step), backward = PointAt(centre_ - step);
    // Points fail only where the space is a single one, or nearly: then nothing is learnt.
    if (!batch.Add(std::move(forward)) || !batch.Add(std::move(backward))) break;
    paired_ = batch.size();
  }
  if (batch.size() == 0) batch.FillFromPrior(1, rng_);
  return std::move(batch).Finish(method_);
}

void AntitheticSearch::Learn(absl::Span<const int> ids, bool adopted) {
  const int paired = std::exchange(paired_, 0);
  if (adopted) {
    const int best = archive().Best();
    if (std::find(ids.begin(), ids.end(), best) != ids.end()) {
      centre_ = Scaled(archive().entry(best).point);
    }
    return;
  }
  std::vector<Pair> pairs;
  double mean = 0;
  for (int i = 0; i < paired; i += 2) {
    if (!archive().measured(ids[i]) || !archive().measured(ids[i + 1])) continue;
    const ObservationArchive::Entry& forward = archive().entry(ids[i]);
    const ObservationArchive::Entry& backward = archive().entry(ids[i + 1]);
    pairs.push_back({.forward = Scaled(forward.point) - centre_,
                     .backward = Scaled(backward.point) - centre_,
                     .forward_score = forward.mean,
                     .backward_score = backward.mean});
    mean += (forward.mean + backward.mean) / 2;
  }
  if (pairs.empty()) return;
  mean /= static_cast<double>(pairs.size());
  const double spread = archive().Spread();
  for (Pair& pair : pairs) {
    pair.forward_score = (pair.forward_score - mean) / spread;
    pair.backward_score = (pair.backward_score - mean) / spread;
  }
  const Eigen::VectorXd moved = centre_ + Ascend(pairs, radius_);
  for (int i = 0; i < space().size(); ++i) {
    const LatentDimension& d = space().dimensions[i];
    centre_(i) = std::clamp(moved(i), d.lower / unit_(i), d.upper / unit_(i));
  }
}

}  // namespace evoke
