// A timing log's numbers in words and as a picture.
#ifndef EVOKE_CLIENTS_CONTROL_TIMING_REPORT_H_
#define EVOKE_CLIENTS_CONTROL_TIMING_REPORT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/control/timing_data.h"
#include "common/image.h"

namespace evoke {

// Whether a log is within limits, and whose they are.
struct TimingVerdict {
  std::string of;  // "experiments/e", or the file that they are from
  std::vector<LimitCheck> checks;

  bool kept() const;
};

std::string TimingText(const TimingData& data, const std::vector<TimingVerdict>& verdicts);

// The same as one line of JSON.
std::string TimingJson(const TimingData& data, const std::vector<TimingVerdict>& verdicts);

// Two histograms, one above the other: the intervals between refreshes, and how far onsets were
// from their prediction. FAILED_PRECONDITION: there is nothing to draw.
absl::StatusOr<Image> DrawTiming(const TimingData& data);

}  // namespace evoke

#endif  // EVOKE_CLIENTS_CONTROL_TIMING_REPORT_H_
