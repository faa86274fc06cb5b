#include "clients/control/statistics.h"

#include <cmath>
#include <numeric>

namespace evoke {
namespace {

// The continued fraction of the incomplete beta function (Abramowitz & Stegun 26.5.8) by Lentz's
// method in the form of Thompson & Barnett (1986). Converges fast for x < (a + 1) / (a + b + 2).
double BetaFraction(double a, double b, double x) {
  constexpr double kTiny = 1e-300;
  constexpr int kMostTerms = 500;
  const auto away_from_zero = [](double v) { return std::abs(v) < kTiny ? kTiny : v; };
  double c = 1;
  double d = 1 / away_from_zero(1 - (a + b) * x / (a + 1));
  double value = d;
  for (int m = 1; m <= kMostTerms; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    double step = 1;
    for (const double numerator : {even, odd}) {
      d = 1 / away_from_zero(1 + numerator * d);
      c = away_from_zero(1 + numerator / c);
      step = c * d;
      value *= step;
    }
    if (std::abs(step - 1) < 1e-15) break;
  }
  return value;
}

// The regularised incomplete beta function I_x(a, b).
double IncompleteBeta(double a, double b, double x) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const double front = std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) +
                                a * std::log(x) + b * std::log1p(-x));
  if (x < (a + 1) / (a + b + 2)) return front * BetaFraction(a, b, x) / a;
  return 1 - front * BetaFraction(b, a, 1 - x) / b;
}

}  // namespace

MeanWithError MeanOf(absl::Span<const double> values) {
  MeanWithError result;
  result.n = static_cast<int>(values.size());
  if (values.empty()) return result;
  result.mean = std::accumulate(values.begin(), values.end(), 0.0) / result.n;
  if (result.n < 2) return result;
  double squares = 0;
  for (const double v : values) squares += (v - result.mean) * (v - result.mean);
  result.standard_error = std::sqrt(squares / (result.n - 1) / result.n);
  return result;
}

std::optional<WelchTest> CompareMeans(const MeanWithError& a, const MeanWithError& b) {
  const double va = a.standard_error * a.standard_error, vb = b.standard_error * b.standard_error;
  if (a.n < 2 || b.n < 2 || va + vb <= 0) return std::nullopt;
  WelchTest test;
  test.difference = b.mean - a.mean;
  test.standard_error = std::sqrt(va + vb);
  test.t = test.difference / test.standard_error;
  // Welch & Satterthwaite.
  test.degrees_of_freedom = (va + vb) * (va + vb) / (va * va / (a.n - 1) + vb * vb / (b.n - 1));
  test.p = StudentTwoSided(test.t, test.degrees_of_freedom);
  return test;
}

double StudentTwoSided(double t, double degrees_of_freedom) {
  return IncompleteBeta(degrees_of_freedom / 2, 0.5,
                        degrees_of_freedom / (degrees_of_freedom + t * t));
}

}  // namespace evoke
