#include "tests/bench/optimizers/search.h"

#include <time.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <set>
#include <utility>

#include "common/end_signal.h"
#include "common/random.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

// Beside those of the tables, for the curves and the presentations to a threshold.
constexpr int kBudgets[] = {20,   40,   60,   80,   100,  120,  150,  200,  250,
                            300,  350,  400,  500,  600,  700,  850,  1000, 1250,
                            1500, 2000, 2500, 3000, 4000, 5000, 7000, 10000};

// Around the 300 observations at which the time of a proposal is stated.
constexpr int kTimedFrom = 250;
constexpr int kTimedTo = 350;

// Adds the processor time that this thread spends until it is destroyed: what other programs do
// meanwhile does not count.
class ProcessorTime {
 public:
  explicit ProcessorTime(double* sum) : sum_(*sum), start_(Now()) {}
  ~ProcessorTime() { sum_ += Now() - start_; }

 private:
  static double Now() {
    timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  }
  double& sum_;
  const double start_;
};

class Searcher {
 public:
  // `expected` must outlive this.
  Searcher(std::unique_ptr<Optimizer> optimizer, const ExpectedCounts& expected, const RunKey& key)
      : expected_(expected),
        optimizer_(std::move(optimizer)),
        noisy_(key.noise == Noise::kPoisson),
        noise_(MixSeed({static_cast<uint64_t>(key.seed), HashText(key.unit)})) {}

  // Shows what fits into the budget, and says what is known then.
  absl::StatusOr<RunPoint> SpendUpTo(int budget) {
    while (!ended_ && shown_ < budget) {
      if (EndAsked()) return absl::AbortedError("ended");
      EVOKE_ASSIGN_OR_RETURN(std::vector<LatentPoint> batch, Ask());
      if (ended_) break;
      const auto left = static_cast<size_t>(budget - shown_);
      if (batch.size() > left) {
        if (shown_ > 0) break;
        batch.resize(left);
        EVOKE_RETURN_IF_ERROR(optimizer_->Adopt(batch));
      }
      EVOKE_RETURN_IF_ERROR(Show(batch));
    }
    EVOKE_ASSIGN_OR_RETURN(const Recommendation best, optimizer_->Best());
    if (best.point != recommended_) {
      EVOKE_ASSIGN_OR_RETURN(const auto expected, expected_({best.point}));
      recommended_ = best.point;
      recommended_count_ = expected[0];
    }
    return RunPoint{.budget = budget,
                    .presentations = shown_,
                    .recommended = recommended_count_,
                    .best_shown = best_shown_,
                    .seconds = seconds_};
  }

 private:
  absl::StatusOr<std::vector<LatentPoint>> Ask() {
    const ProcessorTime time(&seconds_);
    absl::StatusOr<std::vector<LatentPoint>> batch = optimizer_->Ask();
    ended_ = absl::IsResourceExhausted(batch.status());
    if (ended_) return std::vector<LatentPoint>();
    return batch;
  }

  absl::Status Show(const std::vector<LatentPoint>& batch) {
    EVOKE_ASSIGN_OR_RETURN(const std::vector<double> counts, expected_(batch));
    std::vector<Observation> observations;
    for (const double count : counts) {
      best_shown_ = std::max(best_shown_, count);
      const double seen = noisy_ ? static_cast<double>(noise_.Poisson(count)) : count;
      observations.push_back({.score = seen, .variance = noisy_ ? seen + 0.5 : 0.0, .trials = 1});
    }
    shown_ += static_cast<int>(batch.size());
    const ProcessorTime time(&seconds_);
    return optimizer_->Tell(observations);
  }

  const ExpectedCounts& expected_;
  const std::unique_ptr<Optimizer> optimizer_;
  const bool noisy_;
  Rng noise_;
  int shown_ = 0;
  bool ended_ = false;  // nothing left to propose
  double best_shown_ = -std::numeric_limits<double>::infinity();
  double seconds_ = 0;
  LatentPoint recommended_;
  double recommended_count_ = 0;
};

}  // namespace

std::vector<int> BudgetsFor(absl::Span<const int> columns) {
  std::set<int> budgets(columns.begin(), columns.end());
  for (const int budget : kBudgets) {
    if (budget < columns.back()) budgets.insert(budget);
  }
  return {budgets.begin(), budgets.end()};
}

absl::Status Search(std::unique_ptr<Optimizer> optimizer, const ExpectedCounts& expected,
                    absl::Span<const int> budgets, BenchmarkRun* run) {
  Searcher searcher(std::move(optimizer), expected, run->key);
  run->points.clear();
  for (const int budget : budgets) {
    EVOKE_ASSIGN_OR_RETURN(RunPoint point, searcher.SpendUpTo(budget));
    run->points.push_back(point);
  }
  return absl::OkStatus();
}

std::optional<double> ProposalMillis(const BenchmarkRun& run) {
  const RunPoint *from = run.At(kTimedFrom), *to = run.At(kTimedTo);
  if (from == nullptr || to == nullptr || to->presentations == from->presentations) {
    return std::nullopt;
  }
  return 1e3 * (to->seconds - from->seconds) / (to->presentations - from->presentations);
}

}  // namespace evoke
