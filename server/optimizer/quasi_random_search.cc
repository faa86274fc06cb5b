#include "server/optimizer/quasi_random_search.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "common/status_macros.h"
#include "server/optimizer/evolution/batch_builder.h"
#include "server/optimizer/evolution/option_checks.h"

namespace evoke {
namespace {

// Of a standard normal distribution, the share below x.
double NormalShare(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }

// Its inverse for shares in (0, 0.5]: Acklam's rational approximation (2003, relative error 1e-9)
// and one step of Halley's method, which takes it to the last digits.
double LowerNormalQuantile(double share) {
  double x;
  if (share < 0.02425) {
    const double q = std::sqrt(-2 * std::log(share));
    x = (((((-7.784894002430293e-03 * q - 3.223964580411365e-01) * q - 2.400758277161838e+00) * q -
           2.549732539343734e+00) *
              q +
          4.374664141464968e+00) *
             q +
         2.938163982698783e+00) /
        ((((7.784695709041462e-03 * q + 3.224671290700398e-01) * q + 2.445134137142996e+00) * q +
          3.754408661907416e+00) *
             q +
         1);
  } else {
    const double q = share - 0.5;
    const double r = q * q;
    x = (((((-3.969683028665376e+01 * r + 2.209460984245205e+02) * r - 2.759285104469687e+02) * r +
           1.383577518672690e+02) *
              r -
          3.066479806614716e+01) *
             r +
         2.506628277459239e+00) *
        q /
        (((((-5.447609879822406e+01 * r + 1.615858368580409e+02) * r - 1.556989798598866e+02) * r +
           6.680131188771972e+01) *
              r -
          1.328068155288572e+01) *
             r +
         1);
  }
  const double density = std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi);
  const double error = (NormalShare(x) - share) / density;
  return x - error / (1 + x * error / 2);
}

}  // namespace

double PriorQuantile(const LatentDimension& continuous, double share) {
  const double low = continuous.lower, high = continuous.upper;
  const double uniform = low + share * (high - low);
  if (continuous.prior == LatentDimension::Prior::kUniform) return std::clamp(uniform, low, high);
  // In the upper tail shares near 1 would lose their digits: the mirror image has them near 0.
  if (low > 0) {
    return -PriorQuantile(LatentDimension::Continuous(-high, -low, continuous.prior), 1 - share);
  }
  const double below = NormalShare(low), inside = NormalShare(high) - below;
  // So far out that the density has no digits left.
  if (!(inside > 1e-290)) return std::clamp(uniform, low, high);
  const double total = below + share * inside;
  const double x = total <= 0.5 ? LowerNormalQuantile(total) : -LowerNormalQuantile(1 - total);
  return std::clamp(x, low, high);
}

absl::Status QuasiRandomOptions::Validate() const {
  return CheckOption("quasi_random.batch_size", batch_size, 1, 4096);
}

QuasiRandomSearch::QuasiRandomSearch(const QuasiRandomOptions& options, LatentSpace space,
                                     uint64_t seed)
    : BatchOptimizer(std::move(space)),
      options_(options),
      rng_(MixSeed({seed, HashText("quasi_random")})),
      sequence_(this->space().size(), seed) {}

LatentPoint QuasiRandomSearch::NextPoint() {
  LatentPoint point = sequence_.Point(next_++);
  for (int i = 0; i < space().size(); ++i) {
    const LatentDimension& d = space().dimensions[i];
    point[i] = d.kind == LatentDimension::Kind::kCategorical ? std::floor(point[i] * d.levels)
                                                             : PriorQuantile(d, point[i]);
  }
  return point;
}

absl::StatusOr<std::vector<LatentPoint>> QuasiRandomSearch::Propose() {
  BatchBuilder batch(space(), archive());
  batch.Fill(options_.batch_size, rng_, [this] { return NextPoint(); });
  return std::move(batch).Finish("quasi_random");
}

}  // namespace evoke
