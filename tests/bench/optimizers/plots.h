// Pictures of the benchmark's results.
#ifndef EVOKE_TESTS_BENCH_OPTIMIZERS_PLOTS_H_
#define EVOKE_TESTS_BENCH_OPTIMIZERS_PLOTS_H_

#include <string>

#include "absl/status/status.h"
#include "tests/bench/optimizers/results.h"

namespace evoke {

// Writes into `folder`, which it makes:
//   FAMILY.NOISE.png       median scores over the presentations, with their 95 % intervals as
//   bands:
//                          auto, and the classical methods that end highest
//   FAMILY.NOISE.1000.png  the same to 1000 presentations, if runs are longer
//   FAMILY.NOISE.300.png   all methods at 300 presentations, or at the end of shorter runs
// Nothing where no method's runs are there.
absl::Status DrawPlots(const FamilyResults& results, const std::string& folder);

}  // namespace evoke

#endif  // EVOKE_TESTS_BENCH_OPTIMIZERS_PLOTS_H_
