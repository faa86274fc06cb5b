// The two services that carry the loop: trials to displays, presentations to backends, and the
// reports of both.
#ifndef EVOKE_SERVER_SERVICE_TRIAL_SERVICES_H_
#define EVOKE_SERVER_SERVICE_TRIAL_SERVICES_H_

#include <map>
#include <memory>
#include <string>

#include "common/mutex.h"
#include "evoke/v1/display_service.grpc.pb.h"
#include "evoke/v1/response_service.grpc.pb.h"
#include "server/service/gate.h"
#include "server/service/stream_reactor.h"

namespace evoke {

// The open streams of one kind, by client: a new stream of a client ends its old one.
template <typename Message>
class OpenStreams {
 public:
  void Replace(const std::string& client, const std::shared_ptr<StreamReactor<Message>>& stream) {
    std::shared_ptr<StreamReactor<Message>> old;
    {
      MutexLock lock(&mutex_);
      std::weak_ptr<StreamReactor<Message>>& slot = streams_[client];
      old = slot.lock();
      slot = stream;
    }
    if (old != nullptr) {
      old->End(grpc::Status(grpc::StatusCode::ABORTED, "another stream of " + client + " began"));
    }
  }

 private:
  Mutex mutex_;
  std::map<std::string, std::weak_ptr<StreamReactor<Message>>> streams_ ABSL_GUARDED_BY(mutex_);
};

class DisplayService final : public v1::DisplayService::CallbackService {
 public:
  // The gate must outlive the service.
  explicit DisplayService(const Gate* gate) : gate_(gate) {}

  grpc::ServerWriteReactor<v1::TrialLease>* StreamTrials(
      grpc::CallbackServerContext* context, const v1::StreamTrialsRequest* request) override;
  grpc::ServerUnaryReactor* ReportPresentation(grpc::CallbackServerContext* context,
                                               const v1::ReportPresentationRequest* request,
                                               v1::ReportResult* response) override;

 private:
  const Gate* const gate_;
  OpenStreams<v1::TrialLease> streams_;
};

class ResponseService final : public v1::ResponseService::CallbackService {
 public:
  // The gate must outlive the service.
  explicit ResponseService(const Gate* gate) : gate_(gate) {}

  grpc::ServerWriteReactor<v1::PresentationNotice>* StreamPresentations(
      grpc::CallbackServerContext* context, const v1::StreamPresentationsRequest* request) override;
  grpc::ServerUnaryReactor* ReportResponse(grpc::CallbackServerContext* context,
                                           const v1::ReportResponseRequest* request,
                                           v1::ReportResult* response) override;

 private:
  const Gate* const gate_;
  OpenStreams<v1::PresentationNotice> streams_;
};

}  // namespace evoke

#endif  // EVOKE_SERVER_SERVICE_TRIAL_SERVICES_H_
