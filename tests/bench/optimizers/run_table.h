// The runs of the benchmark in a tidy CSV file, which a later call goes on with.
#ifndef EVOKE_TESTS_BENCH_OPTIMIZERS_RUN_TABLE_H_
#define EVOKE_TESTS_BENCH_OPTIMIZERS_RUN_TABLE_H_

#include <compare>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace evoke {

enum class Noise { kClean, kPoisson };
const char* NoiseName(Noise noise);  // "clean", "poisson"

// One search. `seed` is the optimizer's and the noise's.
struct RunKey {
  std::string family;
  std::string method;
  std::string unit;
  Noise noise = Noise::kClean;
  int seed = 0;
  friend auto operator<=>(const RunKey&, const RunKey&) = default;
};

// A run as it is when `budget` presentations may be spent.
struct RunPoint {
  int budget = 0;
  int presentations = 0;   // spent: whole batches that fit
  double recommended = 0;  // expected spikes of the recommended stimulus, without noise
  double best_shown = 0;   // of the best of all that were shown
  double seconds = 0;      // of processor time, spent proposing so far
};

struct BenchmarkRun {
  RunKey key;
  bool report = false;           // of a unit of the half that is reported
  std::vector<RunPoint> points;  // budgets ascend

  // The point of a budget, or null.
  const RunPoint* At(int budget) const;
};

// Not thread-safe.
class RunTable {
 public:
  // Reads the file, if there is one; a last line that was cut off is removed from it. DATA_LOSS
  // naming the line if it is no such file.
  static absl::StatusOr<RunTable> Open(const std::string& path);

  // By key; of a run that was repeated, the last.
  const std::map<RunKey, BenchmarkRun>& runs() const { return runs_; }
  // True if there is such a run, looked at at all these budgets.
  bool Holds(const RunKey& key, absl::Span<const int> budgets) const;
  // Writes the run to the file, in one piece: several programs may append to one file.
  absl::Status Append(const BenchmarkRun& run);

 private:
  explicit RunTable(std::string path) : path_(std::move(path)) {}
  std::string path_;
  std::map<RunKey, BenchmarkRun> runs_;
};

}  // namespace evoke

#endif  // EVOKE_TESTS_BENCH_OPTIMIZERS_RUN_TABLE_H_
