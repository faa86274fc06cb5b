#include "server/optimizer/observation_archive.h"

#include <algorithm>
#include <cmath>

namespace evoke {

int ObservationArchive::Record(const LatentPoint& point, const Observation& observation) {
  const auto [it, inserted] = ids_.try_emplace(point, size());
  if (inserted) entries_.push_back({.point = point});
  Entry& entry = entries_[it->second];
  if (observation.trials == 0) {
    ++entry.losses;
    return it->second;
  }
  const double before = entry.trials;
  const double after = before + observation.trials;
  const double old_weight = before / after;
  const double new_weight = observation.trials / after;
  entry.mean = old_weight * entry.mean + new_weight * observation.score;
  entry.variance =
      old_weight * old_weight * entry.variance + new_weight * new_weight * observation.variance;
  entry.trials += observation.trials;
  ++entry.measurements;
  prior_is_current_ = false;
  return it->second;
}

int ObservationArchive::Find(const LatentPoint& point) const {
  const auto it = ids_.find(point);
  return it == ids_.end() ? -1 : it->second;
}

bool ObservationArchive::IsOpen(const LatentPoint& point) const {
  const int id = Find(point);
  return id < 0 || (entries_[id].trials == 0 && entries_[id].losses < kMaxLosses);
}

const ObservationArchive::Prior& ObservationArchive::prior() const {
  if (prior_is_current_) return prior_;
  double count = 0, mean = 0, squares = 0, error = 0;
  for (const Entry& entry : entries_) {
    if (entry.trials == 0) continue;
    count += 1;
    const double distance = entry.mean - mean;
    mean += distance / count;
    squares += distance * (entry.mean - mean);
    error += (entry.variance - error) / count;
  }
  prior_.mean = mean;
  prior_.variance = count < 2 ? 0 : std::max(0.0, squares / (count - 1) - error);
  prior_is_current_ = true;
  return prior_;
}

ObservationArchive::Estimate ObservationArchive::EstimateOf(int id) const {
  const Entry& entry = entries_[id];
  if (entry.variance <= 0) return {.score = entry.mean, .standard_error = 0};
  const Prior& p = prior();
  if (p.variance <= 0) {
    // Nothing tells the points apart (or there is only one): the pooled mean, and the error of
    // this point's own measurement rather than a certainty that nobody has.
    return {.score = p.mean, .standard_error = std::sqrt(entry.variance)};
  }
  const double weight = p.variance / (p.variance + entry.variance);
  return {.score = p.mean + weight * (entry.mean - p.mean),
          .standard_error = std::sqrt(weight * entry.variance)};
}

bool ObservationArchive::IsBetter(int a, int b) const {
  const double score_a = EstimateOf(a).score;
  const double score_b = EstimateOf(b).score;
  if (score_a != score_b) return score_a > score_b;
  return entries_[a].mean > entries_[b].mean;
}

int ObservationArchive::Best() const {
  int best = -1;
  for (int id = 0; id < size(); ++id) {
    if (measured(id) && (best < 0 || IsBetter(id, best))) best = id;
  }
  return best;
}

bool ObservationArchive::AllEqual() const {
  int first = -1;
  int count = 0;
  for (int id = 0; id < size(); ++id) {
    if (!measured(id)) continue;
    if (first < 0) first = id;
    if (entries_[id].mean != entries_[first].mean) return false;
    ++count;
  }
  return count >= 2;
}

double ObservationArchive::Spread() const {
  std::vector<double> means;
  for (const Entry& entry : entries_) {
    if (entry.trials > 0) means.push_back(entry.mean);
  }
  if (means.size() < 2) return 1;
  std::sort(means.begin(), means.end());
  const size_t n = means.size();
  const double quartiles = means[(3 * (n - 1)) / 4] - means[(n - 1) / 4];
  if (quartiles > 0) return quartiles;
  double sum = 0, squares = 0;
  for (double m : means) sum += m;
  for (double m : means) squares += (m - sum / n) * (m - sum / n);
  const double deviation = std::sqrt(squares / n);
  return deviation > 0 ? deviation : 1;
}

}  // namespace evoke
