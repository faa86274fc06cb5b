// How far an experiment is, how fast it goes, and when it will be done.
#ifndef EVOKE_CLIENTS_CONTROL_PROGRESS_TRACKER_H_
#define EVOKE_CLIENTS_CONTROL_PROGRESS_TRACKER_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "evoke/v1/event.pb.h"

namespace evoke {

struct ProgressNow {
  int64_t done = 0;  // candidate trials that ended, and the budget
  int64_t budget = 0;
  int generation = 0;
  bool confirming = false;  // the search is over
  int64_t confirmation_done = 0;
  int64_t confirmation_planned = 0;
  std::optional<v1::Estimate> best;
  std::optional<double> reference_ratio;  // best over best reference picture
  std::vector<v1::Estimate> site_best;    // with sites
  std::optional<double> rate;             // trials of every kind per second
  std::optional<absl::Duration> left;     // at this rate, if the whole budget is used
};

// Fed with every event from the first; not thread-safe. The rate is counted by the events' own
// times, so that it is right from the start when past events come in one rush, and by the
// watcher's clock since the latest of them, so that it falls when none come.
class ProgressTracker {
 public:
  // `received_nanos`: the watcher's monotonic clock.
  void Add(const v1::ExperimentEvent& event, int64_t received_nanos);

  ProgressNow At(int64_t now_nanos) const;

  // As of the latest event.
  const v1::Experiment& experiment() const { return experiment_; }

 private:
  void AddTrial(const v1::Trial& trial, absl::Time time);
  std::optional<double> RateAt(absl::Time now) const;
  double TrialsLeft() const;

  v1::Experiment experiment_;
  int generation_ = 0;
  bool confirming_ = false;
  std::optional<v1::Estimate> best_;
  v1::Progress progress_;               // as last recorded
  std::set<std::string> to_be_scored_;  // trials that ended and whose scores come later
  // Planned and ended trials of the search (all kinds), of its candidates, and of the confirmation.
  int64_t search_planned_ = 0, search_ended_ = 0;
  int64_t candidates_planned_ = 0, candidates_ended_ = 0;
  int64_t confirmation_planned_ = 0, confirmation_ended_ = 0;
  std::deque<absl::Time> ends_;  // of the last minute's trials
  absl::Time active_since_ = absl::InfiniteFuture();
  absl::Time last_time_;  // of the latest event, and when it came
  int64_t last_received_nanos_ = 0;
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_CONTROL_PROGRESS_TRACKER_H_
