// The pictures of a report.
//
// Each returns FAILED_PRECONDITION, saying why, if the experiment holds nothing to draw yet.
#ifndef EVOKE_CLIENTS_CONTROL_REPORT_FIGURES_H_
#define EVOKE_CLIENTS_CONTROL_REPORT_FIGURES_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "clients/control/report_data.h"
#include "common/image.h"

namespace evoke {

// The image of a stimulus, by name.
using ImageSource = std::function<absl::StatusOr<Image>(const std::string& stimulus)>;

// The final stimulus, its pixels enlarged to squares.
absl::StatusOr<Image> DrawBest(const ReportData& data, const ImageSource& images);

// The best image of each generation with its observed score, at most 40 of them, and the final
// stimulus in a frame.
absl::StatusOr<Image> DrawGenerations(const ReportData& data, const ImageSource& images);

// The recommendation's estimate +- its standard error over the presentations of candidates;
// `against`, if not null, in the same axes.
absl::StatusOr<Image> DrawConvergence(const ReportData& data, const ReportData* against);

// Mean +- standard error of the confirmation trials: the first generation's best, the final
// stimulus, and that of `against` if it is not null and was confirmed.
absl::StatusOr<Image> DrawConfirmation(const ReportData& data, const ReportData* against);

}  // namespace evoke

#endif  // EVOKE_CLIENTS_CONTROL_REPORT_FIGURES_H_
