// A server-to-client stream that is fed from other threads.
#ifndef EVOKE_SERVER_SERVICE_STREAM_REACTOR_H_
#define EVOKE_SERVER_SERVICE_STREAM_REACTOR_H_

#include <deque>
#include <functional>
#include <memory>
#include <utility>

#include "common/mutex.h"
#include "grpcpp/support/server_callback.h"

namespace evoke {

// Lives until gRPC is done with it; whoever feeds it holds a shared pointer, since either may end
// first. What it can be sent is bounded by its callers (leases by prefetch, notices by the trials
// outstanding).
template <typename Message>
class StreamReactor : public grpc::ServerWriteReactor<Message>,
                      public std::enable_shared_from_this<StreamReactor<Message>> {
 public:
  // `on_done` is called once, when the stream is over.
  static std::shared_ptr<StreamReactor> Start(std::function<void()> on_done) {
    std::shared_ptr<StreamReactor> reactor(new StreamReactor(std::move(on_done)));
    reactor->self_ = reactor;
    return reactor;
  }
  // A stream that ends at once with this status.
  static StreamReactor* Fail(const grpc::Status& status) {
    std::shared_ptr<StreamReactor> reactor = Start([] {});
    reactor->End(status);
    return reactor.get();
  }

  // Thread-safe. Dropped if the stream is over.
  void Send(Message message) {
    MutexLock lock(&mutex_);
    if (ended_) return;
    queue_.push_back(std::move(message));
    if (queue_.size() == 1) this->StartWrite(&queue_.front());
  }
  // Thread-safe. What is queued is dropped.
  void End(const grpc::Status& status) {
    MutexLock lock(&mutex_);
    if (std::exchange(ended_, true)) return;
    this->Finish(status);
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return End(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the stream broke"));
    MutexLock lock(&mutex_);
    queue_.pop_front();
    if (!ended_ && !queue_.empty()) this->StartWrite(&queue_.front());
  }
  void OnCancel() override { End(grpc::Status::CANCELLED); }
  void OnDone() override {
    on_done_();
    self_.reset();
  }

 private:
  explicit StreamReactor(std::function<void()> on_done) : on_done_(std::move(on_done)) {}

  const std::function<void()> on_done_;
  std::shared_ptr<StreamReactor> self_;
  Mutex mutex_;
  std::deque<Message> queue_ ABSL_GUARDED_BY(mutex_);  // the first is being written
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_SERVICE_STREAM_REACTOR_H_
