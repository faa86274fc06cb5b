// The benchmark's tables for people, and its figures for scripts.
#ifndef EVOKE_TESTS_BENCH_OPTIMIZERS_REPORT_H_
#define EVOKE_TESTS_BENCH_OPTIMIZERS_REPORT_H_

#include <ostream>

#include "tests/bench/optimizers/results.h"

namespace evoke {

// Markdown: medians of scores with their 95 % intervals, presentations to scores, the worst run,
// the time of a proposal; and the spikes of each unit.
void WriteTables(const FamilyResults& results, const Selection& selection, std::ostream& out);

// Lines `figure NAME VALUE`:
//   opt.FAMILY.NOISE.auto_minus_best_peer.BUDGET   difference of median scores
//   opt.FAMILY.NOISE.presentations_to_peer1000     of auto, to the best peer's median score at 1000
// A line whose runs are not there, or are too short, is left out.
void WriteFigures(const FamilyResults& results, const Selection& selection, std::ostream& out);

}  // namespace evoke

#endif  // EVOKE_TESTS_BENCH_OPTIMIZERS_REPORT_H_
