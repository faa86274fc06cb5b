// One experiment for each of many units.
#ifndef EVOKE_SIM_BACKEND_OFFLINE_UNIT_JOBS_H_
#define EVOKE_SIM_BACKEND_OFFLINE_UNIT_JOBS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "evoke/v1/experiment.pb.h"
#include "sim_backend/networks/network.h"
#include "sim_backend/offline/offline_jobs.h"

namespace evoke {

// The specification as the experiment `base`, or, if `units` is not empty, once for each unit of
// that list (see ParseUnitList()) as the whole objective, as `base`-conv3-37-4-4 for conv3/37@4,4.
// INVALID_ARGUMENT if two units give one id, or an id is none (too long, say); errors of
// ParseUnitList().
absl::StatusOr<std::vector<OfflineJob>> PlanJobs(const v1::Experiment& specification,
                                                 const std::string& base, const std::string& units,
                                                 absl::Span<const NetworkLayer> layers);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_OFFLINE_UNIT_JOBS_H_
