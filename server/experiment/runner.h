// Runs one experiment: the only thread that decides, records and applies its events.
#ifndef EVOKE_SERVER_EXPERIMENT_RUNNER_H_
#define EVOKE_SERVER_EXPERIMENT_RUNNER_H_

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "evoke/v1/display_service.pb.h"
#include "evoke/v1/response_service.pb.h"
#include "server/experiment/block_images.h"
#include "server/experiment/client_registry.h"
#include "server/experiment/client_streams.h"
#include "server/experiment/experiment.h"
#include "server/experiment/stimulus_source.h"
#include "server/ledger/ledger.h"

namespace evoke {

struct RunnerOptions {
  // From lease to report, beyond the time that a display needs to show what it holds.
  absl::Duration lease_duration = absl::Seconds(5);
  // From presentation to response, beyond the end of the latency window.
  absl::Duration response_timeout = absl::Seconds(10);
  // How long the loop may lack a display or backend before the experiment is paused.
  absl::Duration absence_grace = absl::Seconds(5);
  std::string session;  // names this run of the server
};

// Thread-safe. Commands are queued and run one after another on the runner's thread; each is done
// once its events are durable, and `done` is called there: it must not block. UNAVAILABLE if the
// ledger can't be written now: nothing happened, and the same call may be made again.
class ExperimentRunner {
 public:
  template <typename T>
  using Done = std::function<void(absl::StatusOr<T>)>;

  // `clock`, `ledger` and `clients` must outlive the runner. `on_event` is called after each
  // recorded event, with its sequence, on the runner's thread.
  ExperimentRunner(std::unique_ptr<Experiment> experiment, StimulusSource source, Ledger* ledger,
                   const Clock* clock, ClientRegistry* clients, RunnerOptions options,
                   std::function<void(int64_t)> on_event);
  ~ExperimentRunner();  // finishes the command at hand; those queued get CANCELLED

  void ReportPresentation(v1::ReportPresentationRequest request, Done<v1::ReportResult> done);
  void ReportResponse(v1::ReportResponseRequest request, Done<v1::ReportResult> done);
  // To ACTIVE, PAUSED (by the operator) or STOPPED. Idempotent. FAILED_PRECONDITION if it has
  // ended.
  void ChangeState(v1::Experiment::State state, std::string reason, Done<v1::Experiment> done);
  void AddComment(v1::Comment comment, Done<v1::ExperimentEvent> done);

  // Streams are told apart by their address. An attached display gets the leases that it holds once
  // more, a backend every presentation that waits for a response.
  void Attach(std::shared_ptr<const DisplayStream> stream);
  void Attach(std::shared_ptr<const BackendStream> stream);
  void Detach(const void* stream);
  // The process behind this name is gone, and with it what it held.
  void ForgetClient(std::string client, std::string reason);
  // A client that was lost sends heartbeats again.
  void ClientReturned();
  // Looks at the clock again. For tests with a manual clock.
  void Poke();

  // As of the last recorded event; while the ledger fails, PAUSED with the reason.
  v1::Experiment Snapshot() const;

 private:
  struct Wait {
    int attempt = 0;
    v1::Trial::State state = v1::Trial::STATE_UNSPECIFIED;
    int64_t deadline_nanos = 0;
  };

  void Post(std::function<void(absl::Status)> task);
  void Loop();
  // Everything that follows from the present state: plan, expire, pause, lease.
  absl::Status Advance();
  absl::Status Record(std::vector<v1::ExperimentEvent> events);
  absl::Status RecordStamped(std::vector<v1::ExperimentEvent>* events);
  absl::Duration TrialTime() const;
  absl::Duration LeaseTime(const std::string& display) const;
  // How long the displays are busy with what they hold of this experiment.
  void TellHeld();
  absl::Duration ResponseTime() const;
  absl::Status PlanAll();
  absl::Status ExpireWaits();
  absl::Status UpdatePresence();
  absl::Status LeaseAll();
  absl::Status FailAttemptsOf(const std::string& client, const std::string& reason);
  void ReportDone(absl::StatusOr<Decision> decision, const Done<v1::ReportResult>& done);
  absl::Status SendLease(const DisplayStream& stream, int64_t trial);
  void SendNotice(int64_t trial);
  void TellObservers(int64_t trial, const v1::ReportPresentationRequest& report);
  absl::StatusOr<v1::PresentationNotice> MakeNotice(int64_t trial, bool with_image);
  void ResendNotices();
  const BackendStream* ChosenBackend() const;
  absl::StatusOr<v1::Stimulus> WithImage(const std::string& stimulus);
  absl::Duration UntilNextDeadline() const;
  void PublishSnapshot(const absl::Status& trouble);

  // Used by the runner's thread alone.
  const std::unique_ptr<Experiment> experiment_;
  const StimulusSource source_;
  BlockImages images_;
  Ledger* const ledger_;
  const Clock* const clock_;
  ClientRegistry* const clients_;
  const RunnerOptions options_;
  const std::function<void(int64_t)> on_event_;
  ClientStreams streams_;
  std::map<int64_t, Wait> waits_;   // of leased and presented trials
  int64_t absent_since_nanos_ = 0;  // 0: all needed clients are here
  bool record_failed_ = false;      // since the last look

  mutable Mutex mutex_;
  CondVar wake_;
  std::deque<std::function<void(absl::Status)>> tasks_ ABSL_GUARDED_BY(mutex_);
  bool poked_ ABSL_GUARDED_BY(mutex_) = true;  // the first look comes unasked
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  v1::Experiment published_ ABSL_GUARDED_BY(mutex_);

  std::thread thread_;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_EXPERIMENT_RUNNER_H_
