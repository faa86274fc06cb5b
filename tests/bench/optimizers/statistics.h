// Medians over units and seeds, and how sure they are.
#ifndef EVOKE_TESTS_BENCH_OPTIMIZERS_STATISTICS_H_
#define EVOKE_TESTS_BENCH_OPTIMIZERS_STATISTICS_H_

#include <optional>
#include <vector>

#include "absl/types/span.h"

namespace evoke {

// [unit][seed]. Runs of one unit resemble each other, so that they are kept together.
using UnitScores = std::vector<std::vector<double>>;

// Of sorted or unsorted values, at least one; between two values the line between them (type 7 of
// Hyndman & Fan 1996). `q` in [0, 1].
double Quantile(std::vector<double> values, double q);
double Median(std::vector<double> values);
// Over all runs.
double Median(const UnitScores& scores);
double Worst(const UnitScores& scores);

struct Interval {
  double low = 0;
  double high = 0;
};

// 95 % percentile interval of the median (Efron & Tibshirani 1993), drawing units, and then seeds
// within each (Davison & Hinkley 1997, chapter 3.8). The same scores give the same interval. At
// least one unit, each with at least one seed.
Interval BootstrapMedian(const UnitScores& scores);
// Of Median(a) - Median(b), which have the same units; they are drawn together.
Interval BootstrapMedianDifference(const UnitScores& a, const UnitScores& b);

// The first of the ascending budgets at which the value is `threshold` at least.
std::optional<int> FirstBudgetAt(absl::Span<const int> budgets, absl::Span<const double> values,
                                 double threshold);

}  // namespace evoke

#endif  // EVOKE_TESTS_BENCH_OPTIMIZERS_STATISTICS_H_
