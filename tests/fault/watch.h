// What the server tells of an experiment while it runs, over connections that may break.
#ifndef EVOKE_TESTS_FAULT_WATCH_H_
#define EVOKE_TESTS_FAULT_WATCH_H_

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/mutex.h"
#include "evoke/v1/event.pb.h"
#include "evoke/v1/experiment_service.grpc.pb.h"

namespace evoke {

// Thread-safe. Follows the experiment from a thread of its own until it ends.
class Watch {
 public:
  Watch(const std::string& server_address, std::string experiment);
  ~Watch();

  // Waits until so many trials have been scored. DEADLINE_EXCEEDED, with the experiment's state.
  absl::Status WaitScored(int trials, absl::Duration timeout);
  // Waits until it has succeeded. DEADLINE_EXCEEDED as above; INTERNAL if it ended otherwise.
  absl::Status WaitSucceeded(absl::Duration timeout);
  // Waits until the server says so of the experiment as it is now (GetExperiment).
  absl::Status WaitState(v1::Experiment::State state, const std::string& reason,
                         absl::Duration timeout);

  int scored() const;  // trials so far
  std::vector<v1::ExperimentEvent> events() const;

 private:
  void Loop();
  absl::Status WaitFor(const std::string& what, absl::Duration timeout,
                       const std::function<bool()>& condition);

  const std::unique_ptr<v1::ExperimentService::Stub> stub_;
  const std::string experiment_;
  mutable Mutex mutex_;
  CondVar changed_;
  std::vector<v1::ExperimentEvent> events_ ABSL_GUARDED_BY(mutex_);
  int scored_ ABSL_GUARDED_BY(mutex_) = 0;
  v1::Experiment last_ ABSL_GUARDED_BY(mutex_);
  std::string trouble_ ABSL_GUARDED_BY(mutex_);  // of the stream, the latest
  grpc::ClientContext* context_ ABSL_GUARDED_BY(mutex_) = nullptr;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace evoke

#endif  // EVOKE_TESTS_FAULT_WATCH_H_
