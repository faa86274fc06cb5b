// When a search ends before its budget is spent.
#ifndef EVOKE_SERVER_EXPERIMENT_STOP_RULES_H_
#define EVOKE_SERVER_EXPERIMENT_STOP_RULES_H_

#include <limits>
#include <set>
#include <string>

#include "evoke/v1/experiment.pb.h"

namespace evoke {

// Judges by completed generations as they are recorded, so that a replayed search ends where the
// live one did. A rule that was met once stays met: what is measured later (the confirmation) does
// not reopen the search. Not thread-safe.
//
// Plateau: better is a stimulus that was never recommended before, estimated above the last
// recommendation. So neither two stimuli that take turns at the top under noise, nor a stimulus
// whose estimate rises because it was shown again, keep a search going. Target: the
// recommendation's estimate less one standard error has reached it.
class StopRules {
 public:
  explicit StopRules(const v1::OptimizerSpec::StopRules& spec) : spec_(spec) {}

  // A search generation was completed with this recommendation (without a latent point if there was
  // none), `candidate_trials` having ended so far.
  void OnCompleted(const v1::Estimate& best, int candidate_trials);

  // Which rule was met and how, for people; empty as long as none was.
  const std::string& reason() const { return reason_; }

 private:
  const v1::OptimizerSpec::StopRules spec_;
  std::set<std::string> recommended_;  // latent points, serialized
  double last_score_ = -std::numeric_limits<double>::infinity();
  int better_at_ = 0;  // candidate trials when the last better stimulus was found
  std::string reason_;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_EXPERIMENT_STOP_RULES_H_
