// A server stream that is opened again whenever it breaks.
#ifndef EVOKE_CLIENTS_API_STREAM_LOOP_H_
#define EVOKE_CLIENTS_API_STREAM_LOOP_H_

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "clients/api/channel.h"
#include "clients/api/client_session.h"
#include "common/backoff.h"
#include "common/mutex.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/sync_stream.h"
#include "spdlog/spdlog.h"

namespace evoke {

// Thread-safe. Reads on a thread of its own and hands each message to `take`, which may block: that
// holds back the server. Waits for the session's registration before every try.
template <typename Message>
class StreamLoop {
 public:
  using Open = std::function<std::unique_ptr<grpc::ClientReader<Message>>(grpc::ClientContext*)>;

  // `session` must outlive the loop. `done` is called once, at the end: CANCELLED after Stop(),
  // else the error that ended it for good.
  StreamLoop(ClientSession* session, Open open, std::function<void(Message)> take,
             std::function<void(absl::Status)> done)
      : session_(session),
        open_(std::move(open)),
        take_(std::move(take)),
        done_(std::move(done)),
        thread_([this] { done_(Run()); }) {
    session_->OnEnd([this] { Cancel(); });
  }
  ~StreamLoop() {
    Stop();
    thread_.join();
    session_->OnEnd(nullptr);
  }

  void Stop() {
    session_->Stop();
    MutexLock lock(&mutex_);
    stopping_ = true;
    if (context_ != nullptr) context_->TryCancel();
    wake_.SignalAll();
  }

 private:
  void Cancel() {
    MutexLock lock(&mutex_);
    if (context_ != nullptr) context_->TryCancel();
  }

  absl::Status Run() {
    Backoff backoff;
    std::string last_complaint;
    while (true) {
      if (absl::Status status = session_->WaitRegistered(); !status.ok()) return status;
      grpc::ClientContext context;
      {
        MutexLock lock(&mutex_);
        if (stopping_) return absl::CancelledError("stopping");
        context_ = &context;
        // The session may have ended before there was a stream to cancel.
        if (!session_->status().ok()) context.TryCancel();
      }
      const std::unique_ptr<grpc::ClientReader<Message>> reader = open_(&context);
      Message message;
      while (reader->Read(&message)) {
        backoff.Reset();
        take_(std::move(message));
        message = Message();
      }
      const absl::Status status = FromGrpc(reader->Finish());
      MutexLock lock(&mutex_);
      context_ = nullptr;
      if (stopping_) return absl::CancelledError("stopping");
      // NOT_FOUND: the server was restarted and the session has not noticed yet, or the experiment
      // asked for is not there yet.
      if (!status.ok() && !IsTransient(status) && !absl::IsNotFound(status)) return status;
      if (absl::IsNotFound(status) && last_complaint != status.message()) {
        last_complaint = std::string(status.message());
        spdlog::warn("waiting: {}", last_complaint);
      }
      wake_.WaitWithTimeout(&mutex_, backoff.Next());
      if (stopping_) return absl::CancelledError("stopping");
    }
  }

  ClientSession* const session_;
  const Open open_;
  const std::function<void(Message)> take_;
  const std::function<void(absl::Status)> done_;
  Mutex mutex_;
  CondVar wake_;
  grpc::ClientContext* context_ ABSL_GUARDED_BY(mutex_) = nullptr;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_API_STREAM_LOOP_H_
