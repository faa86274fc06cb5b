// One search of the benchmark.
#ifndef EVOKE_TESTS_BENCH_OPTIMIZERS_SEARCH_H_
#define EVOKE_TESTS_BENCH_OPTIMIZERS_SEARCH_H_

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "server/optimizer/optimizer.h"
#include "tests/bench/optimizers/run_table.h"

namespace evoke {

// Where a run is looked at: at the tables' columns (ascending) and, up to the last of them, often
// enough for curves.
std::vector<int> BudgetsFor(absl::Span<const int> columns);

// What the neuron answers to each point, without noise.
using ExpectedCounts =
    std::function<absl::StatusOr<std::vector<double>>(absl::Span<const LatentPoint>)>;

// Fills in run->points, at these ascending budgets. A budget is kept as the server keeps it: a
// batch that does not fit is not shown. (Only a first batch is cut, since nothing could be
// recommended without it.) Under Noise::kPoisson, each answer is one Poisson count, told with the
// variance count + 0.5; it depends on unit and seed of run->key. ABORTED after Ctrl-C.
absl::Status Search(std::unique_ptr<Optimizer> optimizer, const ExpectedCounts& expected,
                    absl::Span<const int> budgets, BenchmarkRun* run);

// Milliseconds of processor time for each proposed stimulus, around 300 observations. None if the
// run does not reach from 250 to 350.
std::optional<double> ProposalMillis(const BenchmarkRun& run);

}  // namespace evoke

#endif  // EVOKE_TESTS_BENCH_OPTIMIZERS_SEARCH_H_
