// Means with their errors, and whether two of them differ.
#ifndef EVOKE_CLIENTS_CONTROL_STATISTICS_H_
#define EVOKE_CLIENTS_CONTROL_STATISTICS_H_

#include <optional>

#include "absl/types/span.h"

namespace evoke {

struct MeanWithError {
  int n = 0;
  double mean = 0;
  double standard_error = 0;  // of the mean; 0 if n < 2
};

MeanWithError MeanOf(absl::Span<const double> values);

// Welch's test (1947) of two means with unequal variances.
struct WelchTest {
  double difference = 0;  // b - a
  double standard_error = 0;
  double t = 0;
  double degrees_of_freedom = 0;
  double p = 1;  // two-sided
};

// Empty if one of the samples has less than two values, or neither varies.
std::optional<WelchTest> CompareMeans(const MeanWithError& a, const MeanWithError& b);

// Probability that |T| exceeds |t|, T having Student's distribution.
double StudentTwoSided(double t, double degrees_of_freedom);

}  // namespace evoke

#endif  // EVOKE_CLIENTS_CONTROL_STATISTICS_H_
