#include "tests/bench/server/load_clients.h"

#include <chrono>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/api/channel.h"
#include "common/resource_name.h"
#include "common/status_macros.h"
#include "evoke/v1/client_service.grpc.pb.h"
#include "evoke/v1/display_service.grpc.pb.h"
#include "evoke/v1/response_service.grpc.pb.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/client_callback.h"

namespace evoke {
namespace {

constexpr char kUnit[] = "a/0";

// One that no other client shares.
std::shared_ptr<grpc::Channel> OwnChannel(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

v1::Client MakeClient(const std::string& name, bool display) {
  v1::Client client;
  client.set_name(name);
  client.set_instance("load");
  if (display) {
    client.mutable_display()->set_refresh_hz(60);
    client.mutable_display()->set_width(640);
    client.mutable_display()->set_height(480);
  } else {
    client.mutable_backend()->add_units()->set_name(kUnit);
    client.mutable_backend()->set_needs_image(true);  // as simulated networks do
  }
  return client;
}

// Lives until its stream is over; Wait() for that.
template <typename Message>
class Reader final : public grpc::ClientReadReactor<Message> {
 public:
  explicit Reader(std::function<void(Message)> take) : take_(std::move(take)) {}
  void Begin() {
    this->StartRead(&message_);
    this->StartCall();
  }
  void OnReadDone(bool ok) override {
    if (!ok) return;
    take_(std::move(message_));
    message_.Clear();
    this->StartRead(&message_);
  }
  void OnDone(const grpc::Status&) override {
    MutexLock lock(&mutex_);
    done_ = true;
    changed_.SignalAll();
  }
  void Wait() {
    MutexLock lock(&mutex_);
    while (!done_) changed_.Wait(&mutex_);
  }
  grpc::ClientContext context;

 private:
  const std::function<void(Message)> take_;
  Message message_;
  Mutex mutex_;
  CondVar changed_;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
};

// A call and what it needs until it is answered.
template <typename Request, typename Response>
struct Call {
  grpc::ClientContext context;
  Request request;
  Response response;
};

}  // namespace

void LoadFigures::Clear() {
  turnaround.Clear();
  acknowledged.Clear();
  trials = 0;
  failed = 0;
}

void BlockTimer::OnResponse(const v1::Trial& trial, int64_t now, int64_t generator_nanos) {
  MutexLock lock(&mutex_);
  if (trial.generation() != generation_) return;
  last_response_ = now;
  generator_nanos_ = generator_nanos;
}

void BlockTimer::OnLease(const v1::Trial& trial, int64_t now, int64_t generator_nanos,
                         Samples* turnaround) {
  MutexLock lock(&mutex_);
  if (trial.generation() == generation_) return;
  if (last_response_ != 0) {
    const int64_t nanos = now - last_response_ - (generator_nanos - generator_nanos_);
    turnaround->Add(static_cast<double>(nanos) / 1e6);
  }
  generation_ = trial.generation();
  last_response_ = 0;
}

struct LoadClients::Impl : std::enable_shared_from_this<LoadClients::Impl> {
  Impl(const std::string& address, const std::string& the_experiment,
       const std::atomic<int64_t>* the_generator_nanos, const Clock* the_clock,
       LoadFigures* the_figures)
      : experiment(the_experiment),
        id(*ParseExperimentName(the_experiment)),
        generator_nanos(the_generator_nanos),
        clock(the_clock),
        figures(the_figures),
        display_channel(OwnChannel(address)),
        backend_channel(OwnChannel(address)),
        displays(v1::DisplayService::NewStub(display_channel)),
        responses(v1::ResponseService::NewStub(backend_channel)),
        display_clients(v1::ClientService::NewStub(display_channel)),
        backend_clients(v1::ClientService::NewStub(backend_channel)),
        leases([this](v1::TrialLease lease) { OnLease(lease); }),
        notices([this](v1::PresentationNotice notice) { OnNotice(notice); }) {}

  std::string display() const { return ClientName(absl::StrCat("display-", id)); }
  std::string backend() const { return ClientName(absl::StrCat("backend-", id)); }

  void Count(int64_t begin, const grpc::Status& status, const v1::ReportResult& result,
             bool response) {
    figures->acknowledged.Add(static_cast<double>(clock->MonotonicNanos() - begin) / 1e6);
    const bool counts =
        status.ok() && result.disposition() == v1::ReportResult::DISPOSITION_ACCEPTED;
    if (!counts) {
      ++figures->failed;
    } else if (response) {
      ++figures->trials;
    }
  }

  void OnLease(const v1::TrialLease& lease) {
    const int64_t now = clock->MonotonicNanos();
    timer.OnLease(lease.trial(), now, *generator_nanos, &figures->turnaround);
    auto call = std::make_shared<Call<v1::ReportPresentationRequest, v1::ReportResult>>();
    call->request.set_trial(lease.trial().name());
    call->request.set_attempt(lease.trial().attempt());
    v1::Presentation& shown = *call->request.mutable_presentation();
    shown.mutable_onset()->set_local_nanos(now);
    shown.mutable_offset()->set_local_nanos(now + 1);
    shown.set_frames(1);
    shown.set_onset_source(v1::Presentation::ONSET_SOURCE_TIMER_ESTIMATE);
    shown.set_display(display());
    shown.set_outcome(v1::Presentation::OUTCOME_COMPLETED);
    displays->async()->ReportPresentation(
        &call->context, &call->request, &call->response,
        [self = shared_from_this(), call, now](grpc::Status status) {
          self->Count(now, status, call->response, false);
        });
  }

  void OnNotice(const v1::PresentationNotice& notice) {
    const int64_t now = clock->MonotonicNanos();
    auto call = std::make_shared<Call<v1::ReportResponseRequest, v1::ReportResult>>();
    call->request.set_trial(notice.trial().name());
    call->request.set_attempt(notice.trial().attempt());
    v1::Response& response = *call->request.mutable_response();
    response.add_units(kUnit);
    response.add_spike_counts(notice.stimulus().image_crc32() % 16);
    response.set_backend(backend());
    timer.OnResponse(notice.trial(), now, *generator_nanos);
    responses->async()->ReportResponse(&call->context, &call->request, &call->response,
                                       [self = shared_from_this(), call, now](grpc::Status status) {
                                         self->Count(now, status, call->response, true);
                                       });
  }

  void SendHeartbeat(v1::ClientService::Stub* stub, const std::string& client) {
    auto call = std::make_shared<Call<v1::HeartbeatRequest, v1::HeartbeatResponse>>();
    call->request.set_client(client);
    call->request.set_instance("load");
    call->request.set_client_send_nanos(clock->MonotonicNanos());
    stub->async()->Heartbeat(&call->context, &call->request, &call->response,
                             [self = shared_from_this(), call](grpc::Status) {});
  }

  absl::Status Register(v1::ClientService::Stub* stub, const v1::Client& client) {
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    v1::RegisterClientRequest request;
    *request.mutable_client() = client;
    v1::Client response;
    return FromGrpc(stub->RegisterClient(&context, request, &response));
  }

  const std::string experiment;
  const std::string id;
  const std::atomic<int64_t>* const generator_nanos;
  const Clock* const clock;
  LoadFigures* const figures;
  BlockTimer timer;
  const std::shared_ptr<grpc::Channel> display_channel, backend_channel;
  const std::unique_ptr<v1::DisplayService::Stub> displays;
  const std::unique_ptr<v1::ResponseService::Stub> responses;
  const std::unique_ptr<v1::ClientService::Stub> display_clients, backend_clients;
  v1::StreamTrialsRequest trials_request;
  v1::StreamPresentationsRequest presentations_request;
  Reader<v1::TrialLease> leases;
  Reader<v1::PresentationNotice> notices;
};

LoadClients::LoadClients(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

absl::StatusOr<std::unique_ptr<LoadClients>> LoadClients::Start(
    const std::string& server_address, const std::string& experiment,
    const std::atomic<int64_t>* generator_nanos, const Clock* clock, LoadFigures* figures) {
  auto impl = std::make_shared<Impl>(server_address, experiment, generator_nanos, clock, figures);
  EVOKE_RETURN_IF_ERROR(
      impl->Register(impl->display_clients.get(), MakeClient(impl->display(), true)));
  EVOKE_RETURN_IF_ERROR(
      impl->Register(impl->backend_clients.get(), MakeClient(impl->backend(), false)));
  impl->presentations_request.set_backend(impl->backend());
  impl->presentations_request.set_experiment(experiment);
  impl->responses->async()->StreamPresentations(&impl->notices.context,
                                                &impl->presentations_request, &impl->notices);
  impl->notices.Begin();
  impl->trials_request.set_display(impl->display());
  impl->trials_request.set_experiment(experiment);
  impl->displays->async()->StreamTrials(&impl->leases.context, &impl->trials_request,
                                        &impl->leases);
  impl->leases.Begin();
  return std::unique_ptr<LoadClients>(new LoadClients(std::move(impl)));
}

LoadClients::~LoadClients() {
  impl_->leases.context.TryCancel();
  impl_->notices.context.TryCancel();
  impl_->leases.Wait();
  impl_->notices.Wait();
}

void LoadClients::SendHeartbeats() {
  impl_->SendHeartbeat(impl_->display_clients.get(), impl_->display());
  impl_->SendHeartbeat(impl_->backend_clients.get(), impl_->backend());
}

}  // namespace evoke
