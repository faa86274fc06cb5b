#include "sim_backend/offline/unit_jobs.h"

#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/resource_name.h"
#include "common/status_macros.h"
#include "sim_backend/analysis/unit_list.h"

namespace evoke {

absl::StatusOr<std::vector<OfflineJob>> PlanJobs(const v1::Experiment& specification,
                                                 const std::string& base, const std::string& units,
                                                 absl::Span<const NetworkLayer> layers) {
  v1::Experiment experiment = specification;
  experiment.clear_name();
  if (units.empty()) return std::vector<OfflineJob>{{base, experiment}};
  EVOKE_ASSIGN_OR_RETURN(const std::vector<NamedUnit> list, ParseUnitList(layers, units));
  std::vector<OfflineJob> jobs;
  std::set<std::string> ids;
  for (const NamedUnit& unit : list) {
    std::string id = base + "-";
    for (const char c : unit.name) id += absl::ascii_isalnum(c) ? absl::ascii_tolower(c) : '-';
    EVOKE_RETURN_IF_ERROR(ValidateId(absl::StrCat("the id for unit ", unit.name), id));
    if (!ids.insert(id).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("units: two of them give the id ", id, "; run them apart, with --name"));
    }
    experiment.mutable_objective()->clear_units();
    experiment.mutable_objective()->add_units()->set_unit(unit.name);
    jobs.push_back({id, experiment});
  }
  return jobs;
}

}  // namespace evoke
