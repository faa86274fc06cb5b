#include "server/optimizer/model/score_scale.h"

#include <algorithm>
#include <cmath>

namespace evoke {
namespace {

constexpr double kAnscombe = 3.0 / 8;
// Variances of counts are reckoned with at least half a spike (a count of 0 is not certain).
constexpr double kLeast = 0.5;

}  // namespace

ScoreScale::ScoreScale(const ObservationArchive& archive) {
  double variance = 0, scores = 0, lowest = 0;
  int trials = 0;
  for (int id = 0; id < archive.size(); ++id) {
    if (!archive.measured(id)) continue;
    const ObservationArchive::Entry& entry = archive.entry(id);
    variance += entry.variance * entry.trials * entry.trials;
    scores += entry.mean * entry.trials;
    trials += entry.trials;
    lowest = std::min(lowest, entry.mean);
  }
  // Both sums over all trials: of the variance of one, and of its score.
  if (variance > 0 && lowest >= 0) fano_ = variance / (scores + kLeast * trials);
  double sum = 0, square = 0;
  int count = 0;
  for (int id = 0; id < archive.size(); ++id) {
    if (!archive.measured(id)) continue;
    const double value = Root(archive.entry(id).mean);
    ++count;
    sum += value;
    square += value * value;
  }
  mean_ = sum / count;
  const double spread = square / count - mean_ * mean_;
  if (spread > 1e-12 * std::max(1.0, mean_ * mean_)) deviation_ = std::sqrt(spread);
  const double noise = fano_ > 0 ? 1 : variance / trials;
  trial_noise_ = noise / (deviation_ * deviation_);
}

double ScoreScale::Root(double score) const {
  if (fano_ == 0) return score;
  return 2 * std::sqrt(std::max(0.0, score / fano_) + kAnscombe);
}

double ScoreScale::ToModel(double score) const { return (Root(score) - mean_) / deviation_; }

double ScoreScale::FromModel(double value) const {
  const double root = mean_ + deviation_ * value;
  if (fano_ == 0) return root;
  return fano_ * std::max(0.0, std::max(0.0, root) * root / 4 - kAnscombe);
}

double ScoreScale::SlopeAt(double value) const {
  if (fano_ == 0) return deviation_;
  return fano_ * std::max(0.0, mean_ + deviation_ * value) / 2 * deviation_;
}

}  // namespace evoke
