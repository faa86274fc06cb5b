// What every client keeps up with the server: its registration, heartbeats and the
// clock offset.
#ifndef EVOKE_CLIENTS_API_CLIENT_SESSION_H_
#define EVOKE_CLIENTS_API_CLIENT_SESSION_H_

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/api/clock_offset.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "evoke/v1/client.pb.h"
#include "grpcpp/channel.h"

namespace evoke {

// Thread-safe. Registers at once and again whenever the server has forgotten the client (it was
// restarted), from a thread of its own.
class ClientSession {
 public:
  // `client` has its name and role; the instance is made up here. `clock` must outlive the session.
  ClientSession(std::shared_ptr<grpc::Channel> channel, v1::Client client, const Clock* clock,
                absl::Duration heartbeat_interval = absl::Milliseconds(500));
  ~ClientSession();

  const std::string& name() const { return name_; }

  // Waits until the client is registered: OK. CANCELLED if the session ends first; any other error
  // is final: the name is taken over by another process, or the server refuses the client.
  absl::Status WaitRegistered();
  // Ends the waiting, here and for good.
  void Stop();
  // OK, or why the session ended for good.
  absl::Status status() const;

  // Calls `ended` when the session ends for good by an error; nullptr: nobody any more, and no call
  // is under way once this returns.
  void OnEnd(std::function<void()> ended);

  // Why the client can't do its work now (in the next heartbeat, which goes out at once); empty: it
  // can. The server leases nothing that would need it meanwhile.
  void SetTrouble(const std::string& trouble);
  // Registers again, with another description of what the backend answers for.
  void UpdateBackend(v1::Client::Backend backend);

  v1::Instant ToInstant(int64_t local_nanos, int64_t uncertainty_nanos) const;
  // The other way: our CLOCK_MONOTONIC at a moment of the session clock. UNAVAILABLE before the
  // first exchange with the run of the server whose clock it is.
  absl::StatusOr<int64_t> ToLocalNanos(const v1::Instant& instant) const;

 private:
  void Loop();
  absl::Status Register();
  absl::Status Heartbeat();

  const std::shared_ptr<grpc::Channel> channel_;
  const std::string name_;
  const Clock* const clock_;
  const absl::Duration heartbeat_interval_;

  mutable Mutex mutex_;
  CondVar changed_;
  v1::Client client_ ABSL_GUARDED_BY(mutex_);
  bool changed_client_ ABSL_GUARDED_BY(mutex_) = false;  // register again
  bool news_ ABSL_GUARDED_BY(mutex_) = false;            // don't wait for the next heartbeat's time
  std::string trouble_ ABSL_GUARDED_BY(mutex_);
  bool registered_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status final_ ABSL_GUARDED_BY(mutex_);
  std::string server_session_ ABSL_GUARDED_BY(mutex_);
  ClockOffset offset_ ABSL_GUARDED_BY(mutex_);
  Mutex on_end_mutex_;
  std::function<void()> on_end_ ABSL_GUARDED_BY(on_end_mutex_);
  std::thread thread_;
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_API_CLIENT_SESSION_H_
