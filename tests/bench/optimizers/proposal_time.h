// How long methods think, apart from any network.
#ifndef EVOKE_TESTS_BENCH_OPTIMIZERS_PROPOSAL_TIME_H_
#define EVOKE_TESTS_BENCH_OPTIMIZERS_PROPOSAL_TIME_H_

#include <ostream>
#include <vector>

#include "tests/bench/optimizers/results.h"

namespace evoke {

// Lines `figure opt.proposal_ms.METHOD.DIMS MS`: milliseconds of processor time for each proposed
// stimulus, around 300 observations. Classical methods are measured here, on a quadratic in 64 and
// in 4096 dimensions (where they are not for these: on 8 x 8 codes of 512 levels); for methods over
// a model, whose time is mostly the generator's, `results` says it, at their own dimensions.
absl::Status WriteProposalTimes(const std::vector<BenchmarkMethod>& methods,
                                const std::vector<FamilyResults>& results, std::ostream& out);

}  // namespace evoke

#endif  // EVOKE_TESTS_BENCH_OPTIMIZERS_PROPOSAL_TIME_H_
