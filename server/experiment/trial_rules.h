// What a report, or its absence, does to a trial. Pure functions: the whole of the trial's life is
// here, and nowhere else.
//
//   PENDING -> LEASED -> PRESENTED -> SUCCEEDED
//      ^_________|___________|   an attempt failed; INFEASIBLE after max_attempts
//
// An attempt that was aborted while its stimulus was on (IsAborted) is no failure: an animal may
// break fixation any number of times, and the trial is shown again until it was seen. `aborts` says
// how many of the trial's earlier attempts were such.
#ifndef EVOKE_SERVER_EXPERIMENT_TRIAL_RULES_H_
#define EVOKE_SERVER_EXPERIMENT_TRIAL_RULES_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "evoke/v1/experiment.pb.h"
#include "evoke/v1/report.pb.h"
#include "evoke/v1/trial.pb.h"

namespace evoke {

struct TrialChange {
  v1::ReportResult result;
  std::optional<v1::Trial> trial;  // as it is afterwards; empty: no effect
};

// The report has no effect, and never will have.
TrialChange Rejected(std::string reason);

// The stimulus had come on as it should, and was taken off before its time. False for a trial that
// a display refused or showed too late: that may go on for ever, and is the display's failure.
bool IsAborted(const v1::Presentation& presentation);

// A display reports that it showed (or failed to show) the attempt.
TrialChange OnPresentation(const v1::Experiment& experiment, const v1::Trial& trial, int attempt,
                           const v1::Presentation& presentation, int aborts = 0);

// A backend reports what the units answered.
TrialChange OnResponse(const v1::Experiment& experiment, const v1::Trial& trial, int attempt,
                       const v1::Response& response, int aborts = 0);

// The trial is given to a display.
v1::Trial Lease(v1::Trial trial, absl::string_view display, uint32_t sync_code);

// The attempt came to nothing; the trial returns to the queue or is given up.
v1::Trial FailAttempt(const v1::Experiment& experiment, v1::Trial trial, absl::string_view reason,
                      int aborts = 0);

}  // namespace evoke

#endif  // EVOKE_SERVER_EXPERIMENT_TRIAL_RULES_H_
