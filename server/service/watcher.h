// One WatchExperiment stream.
#ifndef EVOKE_SERVER_SERVICE_WATCHER_H_
#define EVOKE_SERVER_SERVICE_WATCHER_H_

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "common/mutex.h"
#include "evoke/v1/event.pb.h"
#include "evoke/v1/experiment_service.pb.h"
#include "grpcpp/support/server_callback.h"
#include "server/experiment/experiment_manager.h"
#include "server/service/worker_pool.h"

namespace evoke {

// Pulls from the ledger at the reader's own pace: the loop never waits for a watcher, and a slow
// one costs no memory and loses nothing. Deletes itself when gRPC is done with it.
class Watcher final : public grpc::ServerWriteReactor<v1::ExperimentEvent>,
                      public std::enable_shared_from_this<Watcher> {
 public:
  // The pointers must outlive the stream. `open` counts those there are: RESOURCE_EXHAUSTED past
  // kMaxWatchers.
  static Watcher* Start(ExperimentManager* manager, WorkerPool* pool, std::atomic<int>* open,
                        const v1::WatchExperimentRequest& request);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  Watcher(ExperimentManager* manager, WorkerPool* pool, std::atomic<int>* open,
          const v1::WatchExperimentRequest& request)
      : manager_(manager),
        pool_(pool),
        open_(open),
        request_(request),
        last_(request.after_sequence()) {}

  // Reads what comes next and starts writing it; idle if there is nothing yet.
  void SchedulePull() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Pull();
  void End(const grpc::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  ExperimentManager* const manager_;
  WorkerPool* const pool_;
  std::atomic<int>* const open_;
  const v1::WatchExperimentRequest request_;
  std::shared_ptr<Watcher> self_;
  int listener_ = 0;

  Mutex mutex_;
  std::vector<v1::ExperimentEvent> chunk_ ABSL_GUARDED_BY(mutex_);
  size_t written_ ABSL_GUARDED_BY(mutex_) = 0;  // of chunk_; the one at this index is being written
  int64_t last_ ABSL_GUARDED_BY(mutex_);        // sequence of the last event read
  bool busy_ ABSL_GUARDED_BY(mutex_) = false;   // a pull or a write is under way
  bool news_ ABSL_GUARDED_BY(mutex_) = false;   // an event was recorded meanwhile
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_SERVICE_WATCHER_H_
