// What an offline run tells: while it runs, and at its end.
#ifndef EVOKE_SIM_BACKEND_OFFLINE_OFFLINE_TEXT_H_
#define EVOKE_SIM_BACKEND_OFFLINE_OFFLINE_TEXT_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "sim_backend/offline/offline_jobs.h"

namespace evoke {

// "[######------]  52 %  gen 7  best 61.2 +- 1.2  214 trials/s  0:03 left"; of several jobs the
// share of them that ended instead of generation and best.
std::string ProgressLine(const OfflineProgress& progress, absl::Duration elapsed);

// The end of a run: a row for each job with its units, best stimulus, response +- s.e. by estimate,
// presentations of the whole experiment, and what became of it. `results` as `jobs`.
std::string ResultTable(const std::vector<OfflineJob>& jobs,
                        const std::vector<OfflineResult>& results);
// The same as CSV, with the numbers in full.
std::string ResultCsv(const std::vector<OfflineJob>& jobs,
                      const std::vector<OfflineResult>& results);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_OFFLINE_OFFLINE_TEXT_H_
