// The report of an offline run: the files that `evokectl report` writes.
#ifndef EVOKE_SIM_BACKEND_OFFLINE_OFFLINE_REPORT_H_
#define EVOKE_SIM_BACKEND_OFFLINE_OFFLINE_REPORT_H_

#include <string>

#include "absl/status/statusor.h"
#include "sim_backend/offline/offline_experiment.h"

namespace evoke {

// Reads the record of the experiment back and writes figures, tables and summary into `folder`; see
// WriteReport(). Returns the summary. Thread-safe for different experiments and folders.
absl::StatusOr<std::string> WriteOfflineReport(const Ledger& ledger,
                                               const OfflineExperiment& experiment,
                                               const std::string& folder);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_OFFLINE_OFFLINE_REPORT_H_
