// What scores are measured against: 0 and 1 of every unit, frozen in a file that is committed, so
// that a score of today compares with one of next year.
#ifndef EVOKE_TESTS_BENCH_OPTIMIZERS_ANCHORS_H_
#define EVOKE_TESTS_BENCH_OPTIMIZERS_ANCHORS_H_

#include <map>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "tests/bench/optimizers/families.h"
#include "tests/bench/optimizers/run_table.h"

namespace evoke {

struct Anchor {
  std::string models;   // Family::models(): of other weights it says nothing
  double random50 = 0;  // expected spikes of the best of 50 random images, median: score 0
  double best = 0;      // of the best stimulus that any run ever showed: score 1

  // A unit that random images drive as far as anything does tells methods not apart.
  bool has_room() const { return best > random50; }
  double Score(double spikes) const { return (spikes - random50) / (best - random50); }
};

// Not thread-safe.
class AnchorTable {
 public:
  // A file that is missing holds no anchors. DATA_LOSS naming the line.
  static absl::StatusOr<AnchorTable> Read(const std::string& path);
  absl::Status Write(const std::string& path) const;

  // Of a unit of the family with its weights of now, or null.
  const Anchor* Find(const Family& family, const std::string& unit) const;
  // Measures what is missing: 0 on images drawn from the generator's prior, 1 as the best of these.
  // Whether nothing was missing.
  absl::StatusOr<bool> Complete(const Family& family);
  // Lifts the 1 of each unit of the family to what its runs reached.
  void Learn(const Family& family, const std::map<RunKey, BenchmarkRun>& runs);

 private:
  std::map<std::pair<std::string, std::string>, Anchor> anchors_;  // by family and unit
};

}  // namespace evoke

#endif  // EVOKE_TESTS_BENCH_OPTIMIZERS_ANCHORS_H_
