#include "clients/api/display_client.h"

#include <chrono>
#include <utility>

namespace evoke {
namespace {

constexpr auto kReportTimeout = std::chrono::seconds(5);

}  // namespace

DisplayClient::DisplayClient(const Connection& server, v1::Client client,
                             const std::string& experiment, int prefetch, const Clock* clock,
                             std::function<void(v1::TrialLease)> take,
                             std::function<void(std::string)> abort,
                             std::function<void(absl::Status)> ended)
    : channel_(OpenChannel(server)),
      stub_(v1::DisplayService::NewStub(channel_)),
      session_(channel_, std::move(client), clock),
      reports_(
          [this](const v1::ReportPresentationRequest& request) -> absl::StatusOr<v1::ReportResult> {
            grpc::ClientContext context;
            context.set_deadline(std::chrono::system_clock::now() + kReportTimeout);
            v1::ReportResult result;
            const grpc::Status status = stub_->ReportPresentation(&context, request, &result);
            if (!status.ok()) return FromGrpc(status);
            return result;
          }) {
  v1::StreamTrialsRequest request;
  request.set_display(session_.name());
  request.set_experiment(experiment);
  request.set_prefetch(prefetch);
  stream_ = std::make_unique<StreamLoop<v1::TrialLease>>(
      &session_,
      [this, request](grpc::ClientContext* context) {
        return stub_->StreamTrials(context, request);
      },
      [this, take = std::move(take), abort = std::move(abort)](v1::TrialLease lease) {
        if (!lease.abort_reason().empty()) return abort(lease.abort_reason());
        if (recent_.IsNew(lease.trial())) take(std::move(lease));
      },
      [ended = std::move(ended)](absl::Status status) {
        if (!absl::IsCancelled(status)) ended(status);
      });
}

DisplayClient::~DisplayClient() { stream_.reset(); }

void DisplayClient::Report(v1::ReportPresentationRequest report) {
  report.mutable_presentation()->set_display(session_.name());
  reports_.Add(std::move(report));
}

}  // namespace evoke
