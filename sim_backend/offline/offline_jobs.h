// Many offline experiments over one loaded network, sharing the cores.
#ifndef EVOKE_SIM_BACKEND_OFFLINE_OFFLINE_JOBS_H_
#define EVOKE_SIM_BACKEND_OFFLINE_OFFLINE_JOBS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "sim_backend/offline/offline_experiment.h"

namespace evoke {

struct OfflineJob {
  std::string id;
  v1::Experiment spec;
};

struct OfflineResult {
  // Why it did not come to its end: CANCELLED if the run was interrupted before or while it ran.
  absl::Status status = absl::CancelledError("not begun");
  v1::Experiment experiment;  // as it is now; empty if it was not begun
  int64_t presentations = 0;  // in this run
};

// What to tell while they run.
struct OfflineProgress {
  int jobs = 0;
  int ended = 0;              // jobs, well or not
  int64_t presentations = 0;  // of all jobs, in this run
  double done = 0;            // 0 to 1: of the budgets of all jobs
  double found_done = 0;      // of that, what earlier runs did
  v1::Progress current;       // of the job that went on last
};

// `finish` is called on a job's thread once its experiment has ended (well, or in an
// earlier run), say to write its report; its error becomes the job's.
struct OfflineHooks {
  std::function<absl::Status(const OfflineExperiment&)> finish = [](const OfflineExperiment&) {
    return absl::OkStatus();
  };
  // Asked between the steps: true interrupts. Any thread.
  std::function<bool()> interrupted = [] { return false; };
  // Called ten times a second, and at the end, on the thread that called RunOffline().
  std::function<void(const OfflineProgress&)> show = [](const OfflineProgress&) {};
};

struct OfflineOutcome {
  std::vector<OfflineResult> results;  // one for each job, in order
  int64_t presentations = 0;
  PhaseTimes times;  // summed over the threads
};

// Runs the jobs on `threads` threads, each job on one. An interrupted job is paused in its ledger,
// from where the same call goes on with it. A job that fails does not stop the others.
OfflineOutcome RunOffline(const std::vector<OfflineJob>& jobs, const OfflineParts& parts,
                          int threads, const OfflineHooks& hooks = {});

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_OFFLINE_OFFLINE_JOBS_H_
