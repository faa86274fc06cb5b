#include "sim_backend/analysis/selectivity.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace evoke {

std::optional<double> ActivityFraction(absl::Span<const float> responses) {
  double sum = 0;
  double squares = 0;
  for (const float r : responses) {
    sum += r;
    squares += static_cast<double>(r) * r;
  }
  if (!(sum > 0)) return std::nullopt;
  return sum * sum / squares / static_cast<double>(responses.size());
}

std::optional<double> LifetimeSparseness(absl::Span<const float> responses) {
  const std::optional<double> fraction = ActivityFraction(responses);
  if (!fraction || responses.size() < 2) return std::nullopt;
  return (1 - *fraction) / (1 - 1 / static_cast<double>(responses.size()));
}

std::vector<double> Softmax(absl::Span<const double> values) {
  std::vector<double> p(values.begin(), values.end());
  if (p.empty()) return p;
  const double highest = *std::max_element(p.begin(), p.end());
  double sum = 0;
  for (double& x : p) sum += x = std::exp(x - highest);
  for (double& x : p) x /= sum;
  return p;
}

double EntropyBits(absl::Span<const double> probabilities) {
  double bits = 0;
  for (const double p : probabilities) {
    if (p > 0) bits -= p * std::log2(p);
  }
  return bits;
}

double RelativePerplexity(absl::Span<const double> probabilities) {
  return std::exp2(EntropyBits(probabilities)) / static_cast<double>(probabilities.size());
}

std::optional<std::vector<double>> ClassTuning(absl::Span<const float> responses,
                                               absl::Span<const int> labels, int classes) {
  std::vector<double> means(classes, 0);
  std::vector<int> counts(classes, 0);
  for (size_t i = 0; i < responses.size(); ++i) {
    means[labels[i]] += responses[i];
    ++counts[labels[i]];
  }
  for (int c = 0; c < classes; ++c) means[c] /= std::max(1, counts[c]);
  const double sum = std::accumulate(means.begin(), means.end(), 0.0);
  if (!(sum > 0)) return std::nullopt;
  for (double& mean : means) mean /= sum;
  return means;
}

std::vector<size_t> TopImages(absl::Span<const float> responses, size_t count) {
  std::vector<size_t> order(responses.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return responses[a] > responses[b]; });
  order.resize(std::min(count, order.size()));
  return order;
}

}  // namespace evoke
