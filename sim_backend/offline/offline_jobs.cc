#include "sim_backend/offline/offline_jobs.h"

#include <algorithm>
#include <memory>
#include <thread>
#include <utility>

#include "common/status_macros.h"

namespace evoke {
namespace {

constexpr absl::Duration kShow = absl::Milliseconds(100);
constexpr char kInterrupted[] = "interrupted; the same command goes on with it";

// The threads of one call of RunOffline().
class Jobs {
 public:
  Jobs(const std::vector<OfflineJob>& jobs, const OfflineParts& parts, const OfflineHooks& hooks)
      : jobs_(jobs), parts_(parts), hooks_(hooks), done_(jobs.size(), 0), found_(jobs.size(), 0) {
    outcome_.results.resize(jobs.size());
  }

  OfflineOutcome Run(int threads) {
    const int count = std::clamp(threads, 1, std::max(1, static_cast<int>(jobs_.size())));
    {
      MutexLock lock(&mutex_);
      running_ = count;
    }
    std::vector<std::thread> workers;
    for (int i = 0; i < count; ++i) workers.emplace_back([this] { Work(); });
    while (true) {
      OfflineProgress progress;
      bool all_ended = false;
      {
        MutexLock lock(&mutex_);
        if (running_ > 0) ended_.WaitWithTimeout(&mutex_, kShow);
        all_ended = running_ == 0;
        progress = Progress();
      }
      hooks_.show(progress);
      if (all_ended) break;
    }
    for (std::thread& worker : workers) worker.join();
    MutexLock lock(&mutex_);
    return std::move(outcome_);
  }

 private:
  void Work() {
    while (true) {
      size_t job;
      {
        MutexLock lock(&mutex_);
        if (next_ == jobs_.size() || hooks_.interrupted()) {
          --running_;
          ended_.Signal();
          return;
        }
        job = next_++;
      }
      absl::Status status = RunJob(job);
      MutexLock lock(&mutex_);
      outcome_.results[job].status = std::move(status);
      ++jobs_ended_;
    }
  }

  absl::Status RunJob(size_t job) {
    EVOKE_ASSIGN_OR_RETURN(const std::unique_ptr<OfflineExperiment> experiment,
                           OfflineExperiment::Open(jobs_[job].id, jobs_[job].spec, parts_));
    Publish(job, *experiment);
    absl::Status status = StepToTheEnd(job, *experiment);
    if (status.ok()) status = hooks_.finish(*experiment);
    Publish(job, *experiment);
    MutexLock lock(&mutex_);
    outcome_.times.Add(experiment->times());
    return status;
  }

  absl::Status StepToTheEnd(size_t job, OfflineExperiment& experiment) {
    while (!experiment.ended()) {
      if (hooks_.interrupted()) {
        EVOKE_RETURN_IF_ERROR(experiment.Pause(kInterrupted));
        return absl::CancelledError(kInterrupted);
      }
      EVOKE_RETURN_IF_ERROR(experiment.Step());
      Publish(job, experiment);
    }
    if (experiment.snapshot().state() == v1::Experiment::STATE_SUCCEEDED) return absl::OkStatus();
    return absl::FailedPreconditionError(experiment.snapshot().state_reason());
  }

  void Publish(size_t job, const OfflineExperiment& experiment) {
    const v1::Progress& now = experiment.snapshot().progress();
    MutexLock lock(&mutex_);
    OfflineResult& result = outcome_.results[job];
    outcome_.presentations += experiment.presentations() - result.presentations;
    result.presentations = experiment.presentations();
    result.experiment = experiment.snapshot();
    current_ = now;
    done_[job] = experiment.ended() ? 1
                                    : static_cast<double>(now.candidate_trials_done()) /
                                          std::max(1, now.candidate_trials_max());
    if (experiment.presentations() == 0) found_[job] = done_[job];
  }

  OfflineProgress Progress() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    OfflineProgress progress;
    progress.jobs = static_cast<int>(jobs_.size());
    progress.ended = jobs_ended_;
    progress.presentations = outcome_.presentations;
    for (size_t i = 0; i < jobs_.size(); ++i) {
      progress.done += done_[i] / static_cast<double>(jobs_.size());
      progress.found_done += found_[i] / static_cast<double>(jobs_.size());
    }
    progress.current = current_;
    return progress;
  }

  const std::vector<OfflineJob>& jobs_;
  const OfflineParts& parts_;
  const OfflineHooks& hooks_;
  Mutex mutex_;
  CondVar ended_;
  size_t next_ ABSL_GUARDED_BY(mutex_) = 0;
  int running_ ABSL_GUARDED_BY(mutex_) = 0;  // threads
  int jobs_ended_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<double> done_ ABSL_GUARDED_BY(mutex_);   // share of each job's budget
  std::vector<double> found_ ABSL_GUARDED_BY(mutex_);  // what of it was done when it was opened
  v1::Progress current_ ABSL_GUARDED_BY(mutex_);
  OfflineOutcome outcome_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

OfflineOutcome RunOffline(const std::vector<OfflineJob>& jobs, const OfflineParts& parts,
                          int threads, const OfflineHooks& hooks) {
  return Jobs(jobs, parts, hooks).Run(threads);
}

}  // namespace evoke
