#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/mutex.h"
#include "common/resource_name.h"
#include "common/status_macros.h"
#include "server/ledger/index_update.h"
#include "server/ledger/ledger.h"

namespace evoke {
namespace {

class MemoryLedger final : public Ledger {
 public:
  absl::Status Append(const std::string& experiment,
                      absl::Span<const v1::ExperimentEvent> events) override {
    EVOKE_RETURN_IF_ERROR(ParseExperimentName(experiment).status());
    if (events.empty()) return absl::OkStatus();
    std::vector<IndexUpdate> updates;
    for (const v1::ExperimentEvent& event : events) {
      EVOKE_ASSIGN_OR_RETURN(updates.emplace_back(), MakeIndexUpdate(experiment, event));
    }
    MutexLock lock(&mutex_);
    const auto it = records_.find(experiment);
    const int64_t last = it == records_.end() ? 0 : it->second.events.size();
    EVOKE_RETURN_IF_ERROR(CheckSequence(experiment, last, events));
    if (last == 0) creation_order_.push_back(experiment);
    Record& record = records_[experiment];
    record.events.insert(record.events.end(), events.begin(), events.end());
    for (const IndexUpdate& update : updates) {
      update.ApplyTo(&record.snapshot);
      for (const auto& row : update.trials) record.trials[row.number] = *row.trial;
      for (const auto& row : update.stimuli) {
        record.stimuli[row.stimulus->name()] = WithoutImage(*row.stimulus);
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<v1::ExperimentEvent>> ReadEvents(const std::string& experiment,
                                                              int64_t after_sequence,
                                                              int limit) const override {
    MutexLock lock(&mutex_);
    EVOKE_ASSIGN_OR_RETURN(const Record* record, Find(experiment));
    const int64_t size = record->events.size();
    const int64_t begin = std::clamp<int64_t>(after_sequence, 0, size);
    const int64_t end = begin + std::clamp<int64_t>(limit, 0, size - begin);
    return std::vector<v1::ExperimentEvent>(record->events.begin() + begin,
                                            record->events.begin() + end);
  }

  absl::StatusOr<v1::Experiment> GetExperiment(const std::string& experiment) const override {
    MutexLock lock(&mutex_);
    EVOKE_ASSIGN_OR_RETURN(const Record* record, Find(experiment));
    return record->snapshot;
  }

  absl::StatusOr<std::vector<v1::Experiment>> ListExperiments(const std::string& after,
                                                              int limit) const override {
    MutexLock lock(&mutex_);
    auto it = creation_order_.rbegin();
    if (!after.empty()) {
      it = std::find(it, creation_order_.rend(), after);
      if (it == creation_order_.rend()) return NotFound(after);
      ++it;
    }
    std::vector<v1::Experiment> experiments;
    for (; it != creation_order_.rend() && static_cast<int>(experiments.size()) < limit; ++it) {
      experiments.push_back(records_.at(*it).snapshot);
    }
    return experiments;
  }

  absl::StatusOr<std::vector<std::string>> UnfinishedExperiments() const override {
    MutexLock lock(&mutex_);
    std::vector<std::string> names;
    for (const std::string& name : creation_order_) {
      const v1::Experiment::State state = records_.at(name).snapshot.state();
      if (state == v1::Experiment::STATE_ACTIVE || state == v1::Experiment::STATE_PAUSED) {
        names.push_back(name);
      }
    }
    return names;
  }

  absl::StatusOr<std::vector<v1::Trial>> ListTrials(const std::string& experiment,
                                                    int64_t after_number,
                                                    int limit) const override {
    MutexLock lock(&mutex_);
    EVOKE_ASSIGN_OR_RETURN(const Record* record, Find(experiment));
    std::vector<v1::Trial> trials;
    for (auto it = record->trials.upper_bound(after_number);
         it != record->trials.end() && static_cast<int>(trials.size()) < limit; ++it) {
      trials.push_back(it->second);
    }
    return trials;
  }

  absl::StatusOr<v1::Stimulus> GetStimulus(const std::string& stimulus) const override {
    EVOKE_ASSIGN_OR_RETURN(const ParsedStimulusName name, ParseStimulusName(stimulus));
    MutexLock lock(&mutex_);
    EVOKE_ASSIGN_OR_RETURN(const Record* record, Find(name.experiment));
    const auto it = record->stimuli.find(stimulus);
    if (it == record->stimuli.end()) return NotFound(stimulus);
    return it->second;
  }

 private:
  struct Record {
    std::vector<v1::ExperimentEvent> events;  // event n at index n - 1
    v1::Experiment snapshot;
    std::map<int64_t, v1::Trial> trials;
    std::map<std::string, v1::Stimulus> stimuli;  // by name
  };

  static absl::Status NotFound(const std::string& name) {
    return absl::NotFoundError(absl::StrCat(name, " is not in the ledger"));
  }

  absl::StatusOr<const Record*> Find(const std::string& experiment) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto it = records_.find(experiment);
    if (it == records_.end()) return NotFound(experiment);
    return &it->second;
  }

  mutable Mutex mutex_;
  std::map<std::string, Record> records_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> creation_order_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<Ledger> NewMemoryLedger() { return std::make_unique<MemoryLedger>(); }

}  // namespace evoke
