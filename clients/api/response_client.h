// A response backend's, or an observer's, link to the server.
#ifndef EVOKE_CLIENTS_API_RESPONSE_CLIENT_H_
#define EVOKE_CLIENTS_API_RESPONSE_CLIENT_H_

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "clients/api/channel.h"
#include "clients/api/client_session.h"
#include "clients/api/recent_attempts.h"
#include "clients/api/report_queue.h"
#include "clients/api/stream_loop.h"
#include "clients/responder/responder.h"
#include "common/mutex.h"
#include "evoke/v1/response_service.grpc.pb.h"

namespace evoke {

// Thread-safe. Reconnects by itself; a presentation that the server sends again after a reconnect
// is handed out once.
class ResponseClient final : public PresentationSource, public ReportSink {
 public:
  // `experiment`: experiments/{experiment}, or empty for all. `clock` must outlive the client.
  ResponseClient(const Connection& server, v1::Client client, const std::string& experiment,
                 const Clock* clock);
  ~ResponseClient() override;

  absl::StatusOr<std::vector<v1::PresentationNotice>> Next(int most) override;
  void Report(v1::ReportResponseRequest report) override;
  // Next() returns empty from now on.
  void Stop();

  // As those of ClientSession.
  void SetTrouble(const std::string& trouble) { session_.SetTrouble(trouble); }
  void UpdateBackend(v1::Client::Backend backend) { session_.UpdateBackend(std::move(backend)); }
  absl::StatusOr<int64_t> ToLocalNanos(const v1::Instant& instant) const {
    return session_.ToLocalNanos(instant);
  }

 private:
  void Take(v1::PresentationNotice notice);

  const std::shared_ptr<grpc::Channel> channel_;  // shared by gRPC's own contract
  const std::unique_ptr<v1::ResponseService::Stub> stub_;
  ClientSession session_;
  ReportQueue<v1::ReportResponseRequest> reports_;

  Mutex mutex_;
  CondVar changed_;
  std::deque<v1::PresentationNotice> queue_ ABSL_GUARDED_BY(mutex_);
  RecentAttempts recent_ ABSL_GUARDED_BY(mutex_);
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status final_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<StreamLoop<v1::PresentationNotice>> stream_;
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_API_RESPONSE_CLIENT_H_
