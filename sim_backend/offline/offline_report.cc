#include "sim_backend/offline/offline_report.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/control/experiment_record.h"
#include "clients/control/report_writer.h"
#include "common/status_macros.h"

namespace evoke {

absl::StatusOr<std::string> WriteOfflineReport(const Ledger& ledger,
                                               const OfflineExperiment& experiment,
                                               const std::string& folder) {
  EVOKE_ASSIGN_OR_RETURN(const std::vector<v1::ExperimentEvent> events,
                         ReadAllEvents(ledger, experiment.snapshot().name()));
  ExperimentRecord record;
  for (const v1::ExperimentEvent& event : events) EVOKE_RETURN_IF_ERROR(record.Add(event));
  const ImageSource images = [&](const std::string& name) -> absl::StatusOr<Image> {
    const v1::Stimulus* const stimulus = record.FindStimulus(name);
    if (stimulus == nullptr) return absl::NotFoundError(absl::StrCat("there is no ", name));
    EVOKE_ASSIGN_OR_RETURN(std::vector<Image> rendered, experiment.source().Render({*stimulus}));
    return std::move(rendered[0]);
  };
  EVOKE_ASSIGN_OR_RETURN(WrittenReport report, WriteReport(record, nullptr, images, folder));
  return std::move(report.text);
}

}  // namespace evoke
