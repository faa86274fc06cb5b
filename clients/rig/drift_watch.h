// Whether the response to reference images drifts over the hours: the electrode moves, the animal
// tires.
#ifndef EVOKE_CLIENTS_RIG_DRIFT_WATCH_H_
#define EVOKE_CLIENTS_RIG_DRIFT_WATCH_H_

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "clients/rig/rig_session.h"

namespace evoke {

// For each experiment, the latest responses to reference pictures against the first ones to the
// same pictures. The difference is taken picture by picture, so that which ones were shown plays no
// part, and divided by its standard error from the counts' own scatter, at least Poisson's. Not
// thread-safe.
class DriftWatch {
 public:
  // A warning for the operator, or nothing. It comes once per direction, and again after it was
  // gone.
  std::string Add(const AnsweredPresentation& answer, absl::Time now);

 private:
  // What was counted for one picture, summed over the objective's units.
  struct Picture {
    std::vector<double> first;
    std::deque<double> latest;
  };
  struct Experiment {
    absl::Time since;
    std::map<std::string, Picture> pictures;
    int warned = 0;  // -1: of a fall, 1: of a rise
  };
  std::map<std::string, Experiment> experiments_;
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RIG_DRIFT_WATCH_H_
