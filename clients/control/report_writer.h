// A report's folder.
#ifndef EVOKE_CLIENTS_CONTROL_REPORT_WRITER_H_
#define EVOKE_CLIENTS_CONTROL_REPORT_WRITER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/control/experiment_record.h"
#include "clients/control/report_figures.h"

namespace evoke {

struct WrittenReport {
  std::string text;  // of summary.txt
  std::string json;  // the same numbers, one line
};

// Writes best.png, generations.png, convergence.png, confirmation.png, trials.csv (with its log and
// specification) and summary.txt into `folder`, which is made if it is missing. What the record
// does not hold yet, or whose images can't be had, is left out, and the summary says so; a picture
// of an earlier report that is left out now is removed. `against` may be null. FAILED_PRECONDITION
// if a file can't be written.
absl::StatusOr<WrittenReport> WriteReport(const ExperimentRecord& record,
                                          const ExperimentRecord* against,
                                          const ImageSource& images, const std::string& folder);

}  // namespace evoke

#endif  // EVOKE_CLIENTS_CONTROL_REPORT_WRITER_H_
