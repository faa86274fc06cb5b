// Between the server and the presenter: leases in, presentation reports out.
#ifndef EVOKE_STIMULUS_DISPLAY_CLIENT_DISPLAY_LOOP_H_
#define EVOKE_STIMULUS_DISPLAY_CLIENT_DISPLAY_LOOP_H_

#include <atomic>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clients/api/display_client.h"
#include "common/mutex.h"
#include "stimulus_display/presenter/presenter.h"
#include "stimulus_display/presenter/timing_log_writer.h"

namespace evoke {

struct DisplayLoopOptions {
  Connection server;
  std::string name;        // clients/{client}
  std::string experiment;  // experiments/{experiment}; empty: all
  int prefetch = 4;
  int background = 128;  // that the screen was opened with
  // From the stamp of a refresh to the light, as a photodiode showed it; zero: not measured. Is
  // added to every onset and offset that is reported.
  absl::Duration light_delay;
  // Is told which trial a stimulus belongs to, and what its experiment allows; may be null.
  TimingLogWriter* timing_log = nullptr;
  // Called with a request's id and trial before it can come on; may be empty.
  std::function<void(uint64_t, const std::string&)> announce;
};

// The presenter's request for a lease. INVALID_ARGUMENT if it can't be shown as asked.
absl::StatusOr<PresentationRequest> ToRequest(const v1::TrialLease& lease, uint64_t id,
                                              const ScreenInfo& screen, int background);

// What the server is told of it; onset and offset are left to the clock's owner.
v1::Presentation ToPresentation(const PresentationResult& result, const ScreenInfo& screen,
                                absl::Duration light_delay);

// CLOCK_MONOTONIC; 0: none to go by. Of a stimulus during which the screen did not say what it
// showed there is none either, so that the server counts a failed attempt, not an abort that
// somebody asked for, which may come again and again.
int64_t ReportedOnset(const PresentationResult& result);

// Runs on threads of its own from construction on, beside Presenter::RunUntil(). While the operator
// has paused the presenter, the server is told so: it leases nothing more, and waits with what is
// leased.
class DisplayLoop {
 public:
  // All pointers, those in the options too, must outlive the loop. `stop` becomes true if the link
  // to the server ends for good; status() then says why.
  DisplayLoop(const DisplayLoopOptions& options, Presenter* presenter, const ScreenInfo& screen,
              const Clock* clock, std::atomic<bool>* stop);
  // Call after the presenter has stopped: every result is reported first, as far as the server can
  // be reached.
  ~DisplayLoop();

  absl::Status status() const;

 private:
  struct Shown {
    std::string trial;
    int attempt = 0;
  };

  void Take(const v1::TrialLease& lease);
  void Announce(const v1::TrialLease& lease, uint64_t id);
  void Refuse(const v1::TrialLease& lease, const absl::Status& why);
  void ReportResults();

  const DisplayLoopOptions options_;
  Presenter* const presenter_;
  const ScreenInfo screen_;
  std::atomic<bool>* const stop_;

  mutable Mutex mutex_;
  CondVar place_free_;
  std::map<uint64_t, Shown> waiting_ ABSL_GUARDED_BY(mutex_);  // with the presenter
  uint64_t next_id_ ABSL_GUARDED_BY(mutex_) = 1;
  std::set<std::string> limits_logged_;  // experiments; the stream's thread only
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  DisplayClient client_;
  std::thread results_;
};

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_CLIENT_DISPLAY_LOOP_H_
