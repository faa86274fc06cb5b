// The trials of one experiment, and which of them can be shown next.
#ifndef EVOKE_SERVER_EXPERIMENT_TRIAL_QUEUE_H_
#define EVOKE_SERVER_EXPERIMENT_TRIAL_QUEUE_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "evoke/v1/trial.pb.h"

namespace evoke {

// True for SUCCEEDED, INFEASIBLE and CANCELLED: the trial won't change any more.
bool Ended(v1::Trial::State state);

// Numbers are those of the trials' names: 1, 2, ... without gaps. Not thread-safe.
class TrialQueue {
 public:
  int64_t size() const { return static_cast<int64_t>(trials_.size()); }
  int64_t ended() const { return ended_; }
  bool all_ended() const { return ended() == size(); }

  // nullptr if there is no such trial.
  const v1::Trial* Find(int64_t number) const;
  const std::vector<v1::Trial>& all() const { return trials_; }
  // How many of the trial's attempts were aborted while its stimulus was on.
  int Aborts(int64_t number) const;

  void Add(const v1::Trial& trial);                     // number size() + 1
  void Update(int64_t number, const v1::Trial& trial);  // of a trial that is there

  // The pending trial to show next, 0 if none: in the planned order, but not the stimulus that was
  // leased last if another one is pending.
  int64_t NextPending() const;
  // In planned order.
  const std::set<int64_t>& leased() const { return leased_; }
  const std::set<int64_t>& presented() const { return presented_; }
  int LeasedBy(const std::string& display) const;

 private:
  std::set<int64_t>* SetOf(v1::Trial::State state);

  std::vector<v1::Trial> trials_;
  std::set<int64_t> pending_;
  std::set<int64_t> leased_;
  std::set<int64_t> presented_;
  std::map<int64_t, int> aborts_;  // of trials that have any
  std::string last_leased_stimulus_;
  int64_t ended_ = 0;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_EXPERIMENT_TRIAL_QUEUE_H_
