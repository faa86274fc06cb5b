#include "clients/api/response_client.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"

namespace evoke {
namespace {

constexpr auto kReportTimeout = std::chrono::seconds(5);
}  // namespace

ResponseClient::ResponseClient(const Connection& server, v1::Client client,
                               const std::string& experiment, const Clock* clock)
    : channel_(OpenChannel(server)),
      stub_(v1::ResponseService::NewStub(channel_)),
      session_(channel_, std::move(client), clock),
      reports_(
          [this](const v1::ReportResponseRequest& request) -> absl::StatusOr<v1::ReportResult> {
            grpc::ClientContext context;
            context.set_deadline(std::chrono::system_clock::now() + kReportTimeout);
            v1::ReportResult result;
            const grpc::Status status = stub_->ReportResponse(&context, request, &result);
            if (!status.ok()) return FromGrpc(status);
            return result;
          }) {
  v1::StreamPresentationsRequest request;
  request.set_backend(session_.name());
  request.set_experiment(experiment);
  stream_ = std::make_unique<StreamLoop<v1::PresentationNotice>>(
      &session_,
      [this, request](grpc::ClientContext* context) {
        return stub_->StreamPresentations(context, request);
      },
      [this](v1::PresentationNotice notice) { Take(std::move(notice)); },
      [this](absl::Status status) {
        MutexLock lock(&mutex_);
        ended_ = true;
        if (!absl::IsCancelled(status)) final_ = status;
        changed_.SignalAll();
      });
}

ResponseClient::~ResponseClient() { stream_.reset(); }

void ResponseClient::Stop() { stream_->Stop(); }

void ResponseClient::Take(v1::PresentationNotice notice) {
  MutexLock lock(&mutex_);
  if (!recent_.IsNew(notice.trial())) return;
  queue_.push_back(std::move(notice));
  changed_.SignalAll();
}

absl::StatusOr<std::vector<v1::PresentationNotice>> ResponseClient::Next(int most) {
  MutexLock lock(&mutex_);
  while (queue_.empty() && !ended_) changed_.Wait(&mutex_);
  std::vector<v1::PresentationNotice> notices;
  while (!queue_.empty() && static_cast<int>(notices.size()) < most) {
    notices.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  if (notices.empty() && !final_.ok()) return final_;
  return notices;
}

void ResponseClient::Report(v1::ReportResponseRequest report) { reports_.Add(std::move(report)); }

}  // namespace evoke
