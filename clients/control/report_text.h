// The report's numbers in words.
#ifndef EVOKE_CLIENTS_CONTROL_REPORT_TEXT_H_
#define EVOKE_CLIENTS_CONTROL_REPORT_TEXT_H_

#include <string>
#include <vector>

#include "clients/control/report_data.h"

namespace evoke {

// The lines of summary.txt, without the files: state, search, "first generation's best 3.1 +- 0.4
// -> final 17.9 +- 0.8 (n = 20 each), spikes per trial", tests, stimuli, what is not there yet.
// `against` may be null.
std::string SummaryText(const ReportData& data, const ReportData* against);

// The same as one line of JSON; `files` and `left_out` are the report's, as JSON arrays.
std::string SummaryJson(const ReportData& data, const ReportData* against,
                        const std::vector<std::string>& files,
                        const std::vector<std::string>& left_out);

}  // namespace evoke

#endif  // EVOKE_CLIENTS_CONTROL_REPORT_TEXT_H_
