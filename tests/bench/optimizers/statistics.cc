#include "tests/bench/optimizers/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/random.h"

namespace evoke {
namespace {

constexpr int kResamples = 1000;
constexpr uint64_t kSeed = 95;

std::vector<double> Flat(const UnitScores& scores) {
  std::vector<double> flat;
  for (const auto& unit : scores) flat.insert(flat.end(), unit.begin(), unit.end());
  return flat;
}

double DrawnMedian(const UnitScores& scores, absl::Span<const int> units, Rng& rng) {
  std::vector<double> drawn;
  for (const int u : units) {
    const std::vector<double>& seeds = scores[static_cast<size_t>(u)];
    for (size_t i = 0; i < seeds.size(); ++i) {
      drawn.push_back(seeds[static_cast<size_t>(rng.Index(static_cast<int>(seeds.size())))]);
    }
  }
  return Median(std::move(drawn));
}

// `statistic` is given the units that were drawn.
template <typename Statistic>
Interval Bootstrap(size_t units, Statistic statistic) {
  Rng rng(kSeed);
  std::vector<double> values;
  std::vector<int> drawn(units);
  for (int i = 0; i < kResamples; ++i) {
    for (int& u : drawn) u = rng.Index(static_cast<int>(units));
    values.push_back(statistic(drawn, rng));
  }
  return {Quantile(values, 0.025), Quantile(values, 0.975)};
}

}  // namespace

double Quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  const double at = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<size_t>(at);
  const size_t above = std::min(below + 1, values.size() - 1);
  if (values[below] == values[above]) return values[below];  // also where both are infinite
  const double share = at - static_cast<double>(below);
  return share == 0 ? values[below] : values[below] + share * (values[above] - values[below]);
}

double Median(std::vector<double> values) { return Quantile(std::move(values), 0.5); }
double Median(const UnitScores& scores) { return Median(Flat(scores)); }

double Worst(const UnitScores& scores) {
  const std::vector<double> flat = Flat(scores);
  return *std::min_element(flat.begin(), flat.end());
}

Interval BootstrapMedian(const UnitScores& scores) {
  return Bootstrap(scores.size(), [&](absl::Span<const int> units, Rng& rng) {
    return DrawnMedian(scores, units, rng);
  });
}

Interval BootstrapMedianDifference(const UnitScores& a, const UnitScores& b) {
  return Bootstrap(a.size(), [&](absl::Span<const int> units, Rng& rng) {
    const double median_a = DrawnMedian(a, units, rng);
    return median_a - DrawnMedian(b, units, rng);
  });
}

std::optional<int> FirstBudgetAt(absl::Span<const int> budgets, absl::Span<const double> values,
                                 double threshold) {
  for (size_t i = 0; i < budgets.size(); ++i) {
    if (values[i] >= threshold) return budgets[i];
  }
  return std::nullopt;
}

}  // namespace evoke
