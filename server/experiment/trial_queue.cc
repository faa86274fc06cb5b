#include "server/experiment/trial_queue.h"

#include <algorithm>

#include "server/experiment/trial_rules.h"

namespace evoke {

bool Ended(v1::Trial::State state) {
  return state == v1::Trial::STATE_SUCCEEDED || state == v1::Trial::STATE_INFEASIBLE ||
         state == v1::Trial::STATE_CANCELLED;
}

const v1::Trial* TrialQueue::Find(int64_t number) const {
  return number >= 1 && number <= size() ? &trials_[number - 1] : nullptr;
}

std::set<int64_t>* TrialQueue::SetOf(v1::Trial::State state) {
  switch (state) {
    case v1::Trial::STATE_PENDING:
      return &pending_;
    case v1::Trial::STATE_LEASED:
      return &leased_;
    case v1::Trial::STATE_PRESENTED:
      return &presented_;
    default:
      return nullptr;
  }
}

void TrialQueue::Add(const v1::Trial& trial) {
  trials_.push_back(trial);
  if (std::set<int64_t>* set = SetOf(trial.state())) set->insert(size());
  ended_ += Ended(trial.state());
}

void TrialQueue::Update(int64_t number, const v1::Trial& trial) {
  v1::Trial& stored = trials_[number - 1];
  if (std::set<int64_t>* set = SetOf(stored.state())) set->erase(number);
  ended_ += Ended(trial.state()) - Ended(stored.state());
  const bool returned =
      stored.state() == v1::Trial::STATE_LEASED && trial.state() == v1::Trial::STATE_PENDING;
  if (returned && IsAborted(trial.presentation())) ++aborts_[number];
  stored = trial;
  if (std::set<int64_t>* set = SetOf(trial.state())) set->insert(number);
  if (trial.state() == v1::Trial::STATE_LEASED) last_leased_stimulus_ = trial.stimulus();
}

int TrialQueue::Aborts(int64_t number) const {
  const auto it = aborts_.find(number);
  return it == aborts_.end() ? 0 : it->second;
}

int64_t TrialQueue::NextPending() const {
  for (int64_t number : pending_) {
    if (trials_[number - 1].stimulus() != last_leased_stimulus_) return number;
  }
  return pending_.empty() ? 0 : *pending_.begin();
}

int TrialQueue::LeasedBy(const std::string& display) const {
  return static_cast<int>(std::count_if(leased_.begin(), leased_.end(), [&](int64_t number) {
    return trials_[number - 1].display() == display;
  }));
}

}  // namespace evoke
