// Runs the searches that are missing, on several threads.
#ifndef EVOKE_TESTS_BENCH_OPTIMIZERS_JOB_RUNNER_H_
#define EVOKE_TESTS_BENCH_OPTIMIZERS_JOB_RUNNER_H_

#include <vector>

#include "absl/status/status.h"
#include "tests/bench/optimizers/results.h"

namespace evoke {

struct Job {
  const Family* family = nullptr;
  const BenchmarkUnit* unit = nullptr;
  const BenchmarkMethod* method = nullptr;
  RunKey key;
};

// The selected runs that `table` lacks, or all of them. Ordered so that an early end leaves whole
// comparisons: by seed, then family, noise and unit, then method. Methods that are not for a
// family's space are left out; stderr says so.
std::vector<Job> JobsOf(const Selection& selection, const RunTable& table, bool repeat);

// Each run goes into the table when it ends; a progress bar goes to stderr. A run that fails is
// told, and the others go on; the first failure is returned at the end. ABORTED after Ctrl-C.
absl::Status RunJobs(const std::vector<Job>& jobs, const std::vector<int>& budgets, int threads,
                     RunTable* table);

}  // namespace evoke

#endif  // EVOKE_TESTS_BENCH_OPTIMIZERS_JOB_RUNNER_H_
