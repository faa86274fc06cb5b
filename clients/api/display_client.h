// A display's link to the server.
#ifndef EVOKE_CLIENTS_API_DISPLAY_CLIENT_H_
#define EVOKE_CLIENTS_API_DISPLAY_CLIENT_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clients/api/channel.h"
#include "clients/api/client_session.h"
#include "clients/api/recent_attempts.h"
#include "clients/api/report_queue.h"
#include "clients/api/stream_loop.h"
#include "common/mutex.h"
#include "evoke/v1/display_service.grpc.pb.h"

namespace evoke {

// Thread-safe. Reconnects by itself; a lease that the server sends again after a reconnect is
// handed out once.
class DisplayClient {
 public:
  // `take` gets each lease, on a thread of its own, and may block. `abort` is called on the same
  // thread, with the reason, when the stimulus that is on is to leave the screen. `ended` is called
  // once if the link ends for good, with the reason. `clock` must outlive the client.
  DisplayClient(const Connection& server, v1::Client client, const std::string& experiment,
                int prefetch, const Clock* clock, std::function<void(v1::TrialLease)> take,
                std::function<void(std::string)> abort, std::function<void(absl::Status)> ended);
  ~DisplayClient();

  // Fills in the display's name and takes charge of the report; waits while the queue to the server
  // is full.
  void Report(v1::ReportPresentationRequest report);
  // Takes no more leases: the display is ending, and what it gives back must not return to it.
  // Idempotent.
  void StopLeases() { stream_->Stop(); }
  // As ClientSession::SetTrouble.
  void SetTrouble(const std::string& trouble) { session_.SetTrouble(trouble); }
  v1::Instant ToInstant(int64_t local_nanos, int64_t uncertainty_nanos) const {
    return session_.ToInstant(local_nanos, uncertainty_nanos);
  }

 private:
  const std::shared_ptr<grpc::Channel> channel_;  // shared by gRPC's own contract
  const std::unique_ptr<v1::DisplayService::Stub> stub_;
  ClientSession session_;
  ReportQueue<v1::ReportPresentationRequest> reports_;
  RecentAttempts recent_;  // the stream's thread only
  std::unique_ptr<StreamLoop<v1::TrialLease>> stream_;
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_API_DISPLAY_CLIENT_H_
