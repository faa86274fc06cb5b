#include "tests/bench/optimizers/job_runner.h"

#include <algorithm>
#include <atomic>
#include <iostream>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "common/end_signal.h"
#include "common/mutex.h"
#include "common/status_macros.h"
#include "common/torch/torch_threads.h"
#include "tests/bench/optimizers/search.h"

namespace evoke {
namespace {

constexpr int kBarCells = 30;

std::string NameOf(const RunKey& key) {
  return absl::StrCat(key.family, ", ", key.method, ", ", key.unit, ", ", NoiseName(key.noise),
                      ", seed ", key.seed);
}

// The selected methods that search such a space. Tells on stderr which do not, and why the first of
// them does not.
std::vector<const BenchmarkMethod*> Fitting(const Selection& selection, const Family& family) {
  std::vector<const BenchmarkMethod*> fitting;
  std::vector<std::string> others;
  absl::Status reason;
  for (const BenchmarkMethod& method : selection.methods) {
    const auto optimizer =
        CreateOptimizer(method.options, family.generator()->latent_space(), 1, family.generator());
    if (optimizer.ok()) {
      fitting.push_back(&method);
    } else {
      others.push_back(method.name);
      reason.Update(optimizer.status());
    }
  }
  if (!others.empty()) {
    std::cerr << family.spec().name << ": without " << absl::StrJoin(others, ", ") << " ("
              << reason.message() << ")\n";
  }
  return fitting;
}

absl::Status SearchFamily(const Job& job, const std::vector<int>& budgets, BenchmarkRun* run) {
  const std::shared_ptr<const Generator>& generator = job.family->generator();
  EVOKE_ASSIGN_OR_RETURN(std::unique_ptr<Optimizer> optimizer,
                         CreateOptimizer(job.method->options, generator->latent_space(),
                                         static_cast<uint64_t>(run->key.seed), generator));
  run->report = job.unit->report;
  return Search(
      std::move(optimizer),
      [&job](absl::Span<const LatentPoint> points) {
        return job.family->Expected(points, *job.unit);
      },
      budgets, run);
}

class Progress {
 public:
  explicit Progress(size_t runs) : runs_(runs), start_(absl::Now()) {}

  void Print(const std::string& line) { std::cerr << "\r\033[K" << line << "\n"; }
  void Draw(size_t done) const {
    const auto filled = static_cast<int>(kBarCells * done / runs_);
    const absl::Duration spent = absl::Now() - start_;
    std::string left;
    if (done > 0) {
      const absl::Duration rest =
          spent / static_cast<int64_t>(done) * static_cast<int64_t>(runs_ - done);
      const int64_t seconds = absl::ToInt64Seconds(rest);
      left =
          absl::StrFormat(", %d:%02d:%02d left", seconds / 3600, seconds / 60 % 60, seconds % 60);
    }
    std::cerr << "\r\033[K[" << std::string(static_cast<size_t>(filled), '#')
              << std::string(static_cast<size_t>(kBarCells - filled), '-') << "] " << done << " of "
              << runs_ << " runs" << left << std::flush;
  }

 private:
  const size_t runs_;
  const absl::Time start_;
};

}  // namespace

std::vector<Job> JobsOf(const Selection& selection, const RunTable& table, bool repeat) {
  std::vector<std::vector<const BenchmarkMethod*>> fitting;
  for (const Family* family : selection.families) fitting.push_back(Fitting(selection, *family));
  const std::vector<int> budgets = BudgetsFor(selection.columns);
  std::vector<Job> jobs;
  for (int seed = 1; seed <= selection.seeds; ++seed) {
    for (size_t f = 0; f < selection.families.size(); ++f) {
      const Family& family = *selection.families[f];
      for (const Noise noise : selection.noises) {
        for (const BenchmarkUnit* unit : selection.UnitsOf(family)) {
          for (const BenchmarkMethod* method : fitting[f]) {
            RunKey key = {family.spec().name, method->name, unit->name, noise, seed};
            if (!repeat && table.Holds(key, budgets)) continue;
            jobs.push_back({&family, unit, method, std::move(key)});
          }
        }
      }
    }
  }
  return jobs;
}

absl::Status RunJobs(const std::vector<Job>& jobs, const std::vector<int>& budgets, int threads,
                     RunTable* table) {
  if (jobs.empty()) return absl::OkStatus();
  Progress progress(jobs.size());
  progress.Draw(0);
  std::atomic<size_t> next = 0;
  Mutex mutex;
  size_t done = 0;       // guarded by `mutex`, as what follows
  absl::Status failure;  // the first
  const auto work = [&] {
    SetTorchThreads(1);
    for (size_t i; !EndAsked() && (i = next++) < jobs.size();) {
      const Job& job = jobs[i];
      BenchmarkRun run;
      run.key = job.key;
      absl::Status status = SearchFamily(job, budgets, &run);
      MutexLock lock(&mutex);
      if (status.ok()) status = table->Append(run);
      if (!status.ok() && !absl::IsAborted(status)) {
        status = absl::Status(status.code(), absl::StrCat(NameOf(job.key), ": ", status.message()));
        progress.Print(std::string(status.message()));
        failure.Update(status);
      }
      progress.Draw(++done);
    }
  };
  std::vector<std::thread> workers;
  for (int t = 0; t < threads; ++t) workers.emplace_back(work);
  for (std::thread& worker : workers) worker.join();
  std::cerr << "\n";
  if (EndAsked()) {
    return absl::AbortedError("ended; what is done is kept, and the same call goes on from there");
  }
  return failure;
}

}  // namespace evoke
