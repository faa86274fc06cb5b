#include "server/experiment/stop_rules.h"

#include "absl/strings/str_format.h"

namespace evoke {

void StopRules::OnCompleted(const v1::Estimate& best, int candidate_trials) {
  if (best.has_latent()) {
    const bool fresh = recommended_.insert(best.latent().SerializeAsString()).second;
    if (fresh && best.score() > last_score_) better_at_ = candidate_trials;
    last_score_ = best.score();
    if (reason_.empty() && spec_.has_target_score() &&
        best.score() - best.standard_error() >= spec_.target_score()) {
      reason_ = absl::StrFormat(
          "the best stimulus is estimated at %.4g with a standard error of %.2g; "
          "optimizer.stop.target_score was %.4g",
          best.score(), best.standard_error(), spec_.target_score());
    }
  }
  const int since = candidate_trials - better_at_;
  if (reason_.empty() && spec_.plateau_trials() > 0 && since >= spec_.plateau_trials()) {
    reason_ = absl::StrFormat(
        "%d candidate trials in a row brought no better stimulus; optimizer.stop.plateau_trials "
        "was %d",
        since, spec_.plateau_trials());
  }
}

}  // namespace evoke
