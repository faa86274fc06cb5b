#include "tests/bench/optimizers/proposal_time.h"

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "common/status_macros.h"
#include "tests/bench/optimizers/search.h"

namespace evoke {
namespace {

constexpr int kBudgets[] = {250, 350};
constexpr int kRepeats = 3;

LatentSpace Continuous(int dimensions) {
  const auto dimension =
      LatentDimension::Continuous(-4, 4, LatentDimension::Prior::kStandardNormal);
  return {.dimensions = std::vector(static_cast<size_t>(dimensions), dimension)};
}

LatentSpace Codes() {
  return {.dimensions = std::vector(64, LatentDimension::Categorical(512)),
          .map_rows = 8,
          .map_cols = 8};
}

// Highest in the middle of the space.
absl::StatusOr<std::vector<double>> Quadratic(const LatentSpace& space,
                                              absl::Span<const LatentPoint> points) {
  std::vector<double> values;
  for (const LatentPoint& point : points) {
    double sum = 0;
    for (size_t i = 0; i < point.size(); ++i) {
      const LatentDimension& d = space.dimensions[i];
      const double away = (2 * point[i] - d.lower - d.upper) / (d.upper - d.lower);
      sum += away * away;
    }
    values.push_back(-sum / static_cast<double>(point.size()));
  }
  return values;
}

// Median of a few searches. INVALID_ARGUMENT if the method is not for the space.
absl::StatusOr<double> MillisOf(const BenchmarkMethod& method, const LatentSpace& space) {
  std::vector<double> millis;
  for (int seed = 1; seed <= kRepeats; ++seed) {
    EVOKE_ASSIGN_OR_RETURN(std::unique_ptr<Optimizer> optimizer,
                           CreateOptimizer(method.options, space, static_cast<uint64_t>(seed)));
    BenchmarkRun run;
    run.key.seed = seed;
    EVOKE_RETURN_IF_ERROR(Search(
        std::move(optimizer), [&](auto points) { return Quadratic(space, points); }, kBudgets,
        &run));
    millis.push_back(ProposalMillis(run).value_or(0));
  }
  return Median(std::move(millis));
}

void Write(const std::string& method, int dimensions, double millis, std::ostream& out) {
  out << absl::StrFormat("figure opt.proposal_ms.%s.%d %.3g\n", method, dimensions, millis);
}

}  // namespace

absl::Status WriteProposalTimes(const std::vector<BenchmarkMethod>& methods,
                                const std::vector<FamilyResults>& results, std::ostream& out) {
  for (const BenchmarkMethod& method : methods) {
    if (method.over_model) continue;
    bool written = false;
    for (const LatentSpace& space : {Continuous(64), Continuous(4096), Codes()}) {
      if (written && space.is_map()) continue;
      const absl::StatusOr<double> millis = MillisOf(method, space);
      if (absl::IsInvalidArgument(millis.status())) continue;
      EVOKE_RETURN_IF_ERROR(millis.status());
      Write(method.name, space.size(), *millis, out);
      written = true;
    }
  }
  std::map<std::pair<std::string, int>, std::vector<double>> over_model;
  for (const FamilyResults& r : results) {
    for (const BenchmarkMethod* method : r.methods()) {
      const auto millis = r.MedianProposalMillis(*method);
      if (!method->over_model || !millis) continue;
      over_model[{method->name, r.family().generator()->latent_space().size()}].push_back(*millis);
    }
  }
  for (auto& [key, millis] : over_model) {
    Write(key.first, key.second, Median(std::move(millis)), out);
  }
  return absl::OkStatus();
}

}  // namespace evoke
