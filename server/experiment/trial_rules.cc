#include "server/experiment/trial_rules.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"
#include "server/experiment/objective.h"
#include "server/experiment/trial_queue.h"

namespace evoke {
namespace {

using google::protobuf::util::MessageDifferencer;

TrialChange Without(v1::ReportResult::Disposition disposition, std::string reason) {
  TrialChange change;
  change.result.set_disposition(disposition);
  change.result.set_reason(std::move(reason));
  return change;
}

}  // namespace

TrialChange Rejected(std::string reason) {
  return Without(v1::ReportResult::DISPOSITION_REJECTED, std::move(reason));
}

namespace {

TrialChange Late(std::string reason) {
  return Without(v1::ReportResult::DISPOSITION_LATE, std::move(reason));
}

TrialChange Accepted(v1::Trial trial) {
  TrialChange change;
  change.result.set_disposition(v1::ReportResult::DISPOSITION_ACCEPTED);
  change.result.set_reason(trial.state_reason());
  change.trial = std::move(trial);
  return change;
}

template <typename Report>
TrialChange Repeated(const Report& recorded, const Report& report) {
  if (MessageDifferencer::Equals(recorded, report)) {
    return Without(v1::ReportResult::DISPOSITION_DUPLICATE, "already recorded");
  }
  return Rejected("contradicts the report of this attempt that is already recorded");
}

// An attempt that is over or that never was; empty if it is the current one.
std::optional<TrialChange> NotCurrent(const v1::Trial& trial, int attempt) {
  if (attempt < 1 || attempt > trial.attempt()) {
    return Rejected(
        absl::StrCat("attempt ", attempt, " was never leased; the latest is ", trial.attempt()));
  }
  if (attempt < trial.attempt()) {
    return Late(
        absl::StrCat("attempt ", attempt, " had been given up; the latest is ", trial.attempt()));
  }
  if (trial.state() == v1::Trial::STATE_CANCELLED) return Late("the experiment has ended");
  return std::nullopt;
}

}  // namespace

bool IsAborted(const v1::Presentation& presentation) {
  return presentation.outcome() == v1::Presentation::OUTCOME_ABORTED && presentation.has_onset() &&
         presentation.late_frames() == 0;
}

TrialChange OnPresentation(const v1::Experiment& experiment, const v1::Trial& trial, int attempt,
                           const v1::Presentation& presentation, int aborts) {
  if (std::optional<TrialChange> change = NotCurrent(trial, attempt)) return *change;
  if (presentation.display() != trial.display()) {
    return Rejected(absl::StrCat("the lease belongs to ", trial.display(), ", not to ",
                                 presentation.display()));
  }
  if (trial.has_presentation()) return Repeated(trial.presentation(), presentation);
  if (trial.state() != v1::Trial::STATE_LEASED) {
    return Late(absl::StrCat("the attempt had been given up: ", trial.state_reason()));
  }
  const v1::PresentationSpec& spec = experiment.presentation();
  v1::Trial next = trial;
  *next.mutable_presentation() = presentation;
  switch (presentation.outcome()) {
    case v1::Presentation::OUTCOME_COMPLETED:
      if (!presentation.has_onset()) return Rejected("presentation.onset: missing");
      if (presentation.frames() < 1) {
        return Rejected("presentation.frames: a completed presentation has at least 1");
      }
      if (presentation.dropped_frames() > spec.max_dropped_frames()) {
        return Accepted(
            FailAttempt(experiment, std::move(next),
                        absl::StrCat(presentation.dropped_frames(), " dropped frames; at most ",
                                     spec.max_dropped_frames(), " are allowed"),
                        aborts));
      }
      next.set_state(v1::Trial::STATE_PRESENTED);
      return Accepted(std::move(next));
    case v1::Presentation::OUTCOME_ABORTED:
      if (IsAborted(presentation)) {
        next.set_state(v1::Trial::STATE_PENDING);
        next.set_state_reason(absl::StrCat("aborted: ", presentation.outcome_reason()));
        return Accepted(std::move(next));
      }
      return Accepted(FailAttempt(experiment, std::move(next),
                                  absl::StrCat("aborted: ", presentation.outcome_reason()),
                                  aborts));
    default:
      return Rejected("presentation.outcome: missing");
  }
}

TrialChange OnResponse(const v1::Experiment& experiment, const v1::Trial& trial, int attempt,
                       const v1::Response& response, int aborts) {
  if (std::optional<TrialChange> change = NotCurrent(trial, attempt)) return *change;
  if (trial.has_response()) return Repeated(trial.response(), response);
  if (trial.state() == v1::Trial::STATE_LEASED) {
    return Rejected("the display has not reported the presentation");
  }
  if (trial.state() != v1::Trial::STATE_PRESENTED) {
    return Late(absl::StrCat("the attempt had been given up: ", trial.state_reason()));
  }
  if (!response.failure().empty()) {
    v1::Trial failed = trial;
    *failed.mutable_response() = response;
    return Accepted(FailAttempt(experiment, std::move(failed), response.failure(), aborts));
  }
  const absl::Status good = CheckResponse(experiment.objective(), response);
  if (!good.ok()) return Rejected(std::string(good.message()));
  v1::Trial next = trial;
  *next.mutable_response() = response;
  next.set_state(v1::Trial::STATE_SUCCEEDED);
  return Accepted(std::move(next));
}

v1::Trial Lease(v1::Trial trial, absl::string_view display, uint32_t sync_code) {
  trial.set_state(v1::Trial::STATE_LEASED);
  trial.clear_state_reason();
  trial.set_attempt(trial.attempt() + 1);
  trial.set_display(std::string(display));
  trial.set_sync_code(sync_code);
  trial.clear_presentation();
  trial.clear_response();
  return trial;
}

v1::Trial FailAttempt(const v1::Experiment& experiment, v1::Trial trial, absl::string_view reason,
                      int aborts) {
  const int max_attempts = experiment.presentation().max_attempts();
  const int counted = trial.attempt() - aborts;
  trial.set_state(counted >= max_attempts ? v1::Trial::STATE_INFEASIBLE : v1::Trial::STATE_PENDING);
  trial.set_state_reason(absl::StrCat(
      "attempt ", counted, " of ", max_attempts,
      aborts > 0 ? absl::StrCat(" (without the ", aborts, " aborted)") : "", ": ", reason));
  return trial;
}

}  // namespace evoke
