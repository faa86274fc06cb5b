// Between the server and the presenter: leases in, presentation reports out.
#ifndef EVOKE_STIMULUS_DISPLAY_CLIENT_DISPLAY_LOOP_H_
#define EVOKE_STIMULUS_DISPLAY_CLIENT_DISPLAY_LOOP_H_

#include <atomic>
#include <map>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clients/api/display_client.h"
#include "common/mutex.h"
#include "stimulus_display/presenter/presenter.h"

namespace evoke {

struct DisplayLoopOptions {
  std::string server;      // host:port
  std::string name;        // clients/{client}
  std::string experiment;  // experiments/{experiment}; empty: all
  int prefetch = 4;
  int background = 128;  // that the screen was opened with
};

// The presenter's request for a lease. INVALID_ARGUMENT if it can't be shown as asked.
absl::StatusOr<PresentationRequest> ToRequest(const v1::TrialLease& lease, uint64_t id,
                                              const ScreenInfo& screen, int background);

// What the server is told of it; onset and offset are left to the clock's owner.
v1::Presentation ToPresentation(const PresentationResult& result, const ScreenInfo& screen);

// Runs on threads of its own from construction on, beside Presenter::RunUntil() on the main thread.
class DisplayLoop {
 public:
  // Both pointers must outlive the loop. `stop` becomes true if the link to the server ends for
  // good; status() then says why.
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
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  DisplayClient client_;
  std::thread results_;
};

}  // namespace evoke

#endif  // EVOKE_STIMULUS_DISPLAY_CLIENT_DISPLAY_LOOP_H_
