// The scores of the benchmark's runs.
#ifndef EVOKE_TESTS_BENCH_OPTIMIZERS_RESULTS_H_
#define EVOKE_TESTS_BENCH_OPTIMIZERS_RESULTS_H_

#include <optional>
#include <vector>

#include "tests/bench/optimizers/anchors.h"
#include "tests/bench/optimizers/families.h"
#include "tests/bench/optimizers/methods.h"
#include "tests/bench/optimizers/run_table.h"
#include "tests/bench/optimizers/statistics.h"

namespace evoke {

// What a call of the benchmark is about.
struct Selection {
  std::vector<const Family*> families;
  std::vector<BenchmarkMethod> methods;
  std::vector<Noise> noises;
  std::vector<int> columns;  // budgets of the tables, ascending; every run goes on to the last
  int seeds = 5;
  bool tune = false;  // units of the half that methods are tuned on, instead of the other

  std::vector<const BenchmarkUnit*> UnitsOf(const Family& family) const;
};

// The runs of one family under one kind of noise. Reads what it is given; not thread-safe.
class FamilyResults {
 public:
  // All must outlive this. Units without room between 0 and 1 are left out.
  FamilyResults(const Selection* selection, const Family* family, Noise noise,
                const RunTable* table, const AnchorTable* anchors);

  const Family& family() const { return family_; }
  Noise noise() const { return noise_; }
  const std::vector<const BenchmarkUnit*>& units() const { return units_; }
  const Anchor& AnchorOf(const BenchmarkUnit& unit) const;
  // The selected methods whose runs are all there (a method may not be for such a space).
  const std::vector<const BenchmarkMethod*>& methods() const { return methods_; }
  // Where all runs were looked at.
  const std::vector<int>& budgets() const { return budgets_; }

  UnitScores Scores(const BenchmarkMethod& method, int budget) const;
  double MedianScore(const BenchmarkMethod& method, int budget) const;
  // Median over the seeds, in spikes.
  double MedianSpikes(const BenchmarkMethod& method, const BenchmarkUnit& unit, int budget) const;
  // The median over runs of the presentations to a score; infinite if most runs never reach it.
  double PresentationsTo(const BenchmarkMethod& method, double score) const;
  // ProposalMillis(), over the runs that are long enough; none if there are none.
  std::optional<double> MedianProposalMillis(const BenchmarkMethod& method) const;

 private:
  const BenchmarkRun* Find(const BenchmarkMethod& method, const BenchmarkUnit& unit,
                           int seed) const;
  std::vector<const BenchmarkRun*> RunsOf(const BenchmarkMethod& method) const;

  const Selection& selection_;
  const Family& family_;
  const Noise noise_;
  const RunTable& table_;
  const AnchorTable& anchors_;
  std::vector<const BenchmarkUnit*> units_;
  std::vector<const BenchmarkMethod*> methods_;
  std::vector<int> budgets_;
};

}  // namespace evoke

#endif  // EVOKE_TESTS_BENCH_OPTIMIZERS_RESULTS_H_
