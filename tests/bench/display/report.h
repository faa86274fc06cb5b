// What the display's benchmark prints.
#ifndef EVOKE_TESTS_BENCH_DISPLAY_REPORT_H_
#define EVOKE_TESTS_BENCH_DISPLAY_REPORT_H_

#include <string>
#include <utility>
#include <vector>

#include "tests/bench/display/part.h"

namespace evoke {

// A part that was run, by its name.
using FinishedPart = std::pair<std::string, PartValues>;

// A table of the timing parts, a column for each, and the values of the others. A name is
// "realtime.60": the kind, a dot and the rate; or the kind alone.
std::string FormatTables(const std::vector<FinishedPart>& parts);

// The lines "figure NAME VALUE" that the parts give. Sums over `injected.*` for the misses that
// were not detected and the false alarms.
std::string FormatFigures(const std::vector<FinishedPart>& parts);

}  // namespace evoke

#endif  // EVOKE_TESTS_BENCH_DISPLAY_REPORT_H_
