#include "tests/fault/relay.h"

#include <chrono>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/api/channel.h"
#include "common/mutex.h"
#include "evoke/v1/client_service.grpc.pb.h"
#include "evoke/v1/display_service.grpc.pb.h"
#include "evoke/v1/response_service.grpc.pb.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"

namespace evoke {
namespace {

// What is done to reports and clocks now, and what came of it.
class Mischief {
 public:
  // Sends a report, as it is to be sent now.
  template <typename Request, typename Send>
  grpc::Status Pass(const Request& request, Send send, v1::ReportResult* result) {
    absl::Duration wait;
    bool twice;
    {
      MutexLock lock(&mutex_);
      if (held_ > 0) {
        --held_;
        wait = hold_;
      }
      twice = twice_;
    }
    absl::SleepFor(wait);
    if (!twice) {
      const grpc::Status status = send(request, result);
      MutexLock lock(&mutex_);
      late_count_ += result->disposition() == v1::ReportResult::DISPOSITION_LATE;
      return status;
    }
    v1::ReportResult other;
    grpc::Status other_status;
    std::thread also([&] { other_status = send(request, &other); });
    const grpc::Status status = send(request, result);
    also.join();
    MutexLock lock(&mutex_);
    ++twice_count_;
    if (status.ok() && other_status.ok() && result->disposition() == other.disposition() &&
        result->disposition() != v1::ReportResult::DISPOSITION_REJECTED &&
        result->disposition() != v1::ReportResult::DISPOSITION_DUPLICATE) {
      complaints_.push_back(absl::StrCat(request.trial(), " attempt ", request.attempt(),
                                         ", reported twice: both ",
                                         v1::ReportResult::Disposition_Name(other.disposition())));
    }
    return status;
  }

  void Shift(v1::HeartbeatResponse* response) {
    MutexLock lock(&mutex_);
    response->set_server_receive_nanos(response->server_receive_nanos() + shift_nanos_);
    response->set_server_send_nanos(response->server_send_nanos() + shift_nanos_);
    shifted_count_ += shift_nanos_ != 0;
  }

  mutable Mutex mutex_;
  bool twice_ ABSL_GUARDED_BY(mutex_) = false;
  int held_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Duration hold_ ABSL_GUARDED_BY(mutex_);
  int64_t shift_nanos_ ABSL_GUARDED_BY(mutex_) = 0;
  int twice_count_ ABSL_GUARDED_BY(mutex_) = 0;
  int late_count_ ABSL_GUARDED_BY(mutex_) = 0;
  int shifted_count_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::string> complaints_ ABSL_GUARDED_BY(mutex_);
};

// Ends with the call that it serves, its deadline included.
std::unique_ptr<grpc::ClientContext> Onward(grpc::ServerContext* context) {
  return grpc::ClientContext::FromServerContext(*context);
}

template <typename Message>
grpc::Status PassStream(std::unique_ptr<grpc::ClientReader<Message>> reader,
                        grpc::ClientContext* onward, grpc::ServerWriter<Message>* writer) {
  reader->WaitForInitialMetadata();
  writer->SendInitialMetadata();
  Message message;
  while (reader->Read(&message)) {
    if (!writer->Write(message)) onward->TryCancel();
  }
  return reader->Finish();
}

class Clients final : public v1::ClientService::Service {
 public:
  Clients(const std::shared_ptr<grpc::Channel>& channel, Mischief* mischief)
      : stub_(v1::ClientService::NewStub(channel)), mischief_(mischief) {}
  grpc::Status RegisterClient(grpc::ServerContext* context,
                              const v1::RegisterClientRequest* request,
                              v1::Client* response) override {
    return stub_->RegisterClient(Onward(context).get(), *request, response);
  }
  grpc::Status Heartbeat(grpc::ServerContext* context, const v1::HeartbeatRequest* request,
                         v1::HeartbeatResponse* response) override {
    const grpc::Status status = stub_->Heartbeat(Onward(context).get(), *request, response);
    mischief_->Shift(response);
    return status;
  }

 private:
  const std::unique_ptr<v1::ClientService::Stub> stub_;
  Mischief* const mischief_;
};

class Displays final : public v1::DisplayService::Service {
 public:
  Displays(const std::shared_ptr<grpc::Channel>& channel, Mischief* mischief)
      : stub_(v1::DisplayService::NewStub(channel)), mischief_(mischief) {}
  grpc::Status StreamTrials(grpc::ServerContext* context, const v1::StreamTrialsRequest* request,
                            grpc::ServerWriter<v1::TrialLease>* writer) override {
    const auto onward = Onward(context);
    return PassStream(stub_->StreamTrials(onward.get(), *request), onward.get(), writer);
  }
  grpc::Status ReportPresentation(grpc::ServerContext* context,
                                  const v1::ReportPresentationRequest* request,
                                  v1::ReportResult* result) override {
    return mischief_->Pass(
        *request,
        [&](const auto& report, v1::ReportResult* answer) {
          return stub_->ReportPresentation(Onward(context).get(), report, answer);
        },
        result);
  }

 private:
  const std::unique_ptr<v1::DisplayService::Stub> stub_;
  Mischief* const mischief_;
};

class Responses final : public v1::ResponseService::Service {
 public:
  Responses(const std::shared_ptr<grpc::Channel>& channel, Mischief* mischief)
      : stub_(v1::ResponseService::NewStub(channel)), mischief_(mischief) {}
  grpc::Status StreamPresentations(grpc::ServerContext* context,
                                   const v1::StreamPresentationsRequest* request,
                                   grpc::ServerWriter<v1::PresentationNotice>* writer) override {
    const auto onward = Onward(context);
    return PassStream(stub_->StreamPresentations(onward.get(), *request), onward.get(), writer);
  }
  grpc::Status ReportResponse(grpc::ServerContext* context,
                              const v1::ReportResponseRequest* request,
                              v1::ReportResult* result) override {
    return mischief_->Pass(
        *request,
        [&](const auto& report, v1::ReportResult* answer) {
          return stub_->ReportResponse(Onward(context).get(), report, answer);
        },
        result);
  }

 private:
  const std::unique_ptr<v1::ResponseService::Stub> stub_;
  Mischief* const mischief_;
};

}  // namespace

struct Relay::Impl {
  explicit Impl(const std::string& server_address)
      : channel(OpenChannel(server_address)),
        clients(channel, &mischief),
        displays(channel, &mischief),
        responses(channel, &mischief) {}

  Mischief mischief;
  const std::shared_ptr<grpc::Channel> channel;
  Clients clients;
  Displays displays;
  Responses responses;
  int port = 0;
  std::unique_ptr<grpc::Server> server;
};

Relay::Relay(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

absl::StatusOr<std::unique_ptr<Relay>> Relay::Start(const std::string& server_address) {
  auto impl = std::make_unique<Impl>(server_address);
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &impl->port);
  builder.RegisterService(&impl->clients);
  builder.RegisterService(&impl->displays);
  builder.RegisterService(&impl->responses);
  impl->server = builder.BuildAndStart();
  if (impl->server == nullptr) return absl::UnavailableError("the relay can't listen");
  return std::unique_ptr<Relay>(new Relay(std::move(impl)));
}

Relay::~Relay() {
  impl_->server->Shutdown(std::chrono::system_clock::now());
  impl_->server->Wait();
}

std::string Relay::address() const { return absl::StrCat("127.0.0.1:", impl_->port); }

void Relay::SendTwice() {
  MutexLock lock(&impl_->mischief.mutex_);
  impl_->mischief.twice_ = true;
}

void Relay::HoldBack(int reports, absl::Duration time) {
  MutexLock lock(&impl_->mischief.mutex_);
  impl_->mischief.held_ = reports;
  impl_->mischief.hold_ = time;
}

void Relay::ShiftClock(absl::Duration shift) {
  MutexLock lock(&impl_->mischief.mutex_);
  impl_->mischief.shift_nanos_ = absl::ToInt64Nanoseconds(shift);
}

int Relay::sent_twice() const {
  MutexLock lock(&impl_->mischief.mutex_);
  return impl_->mischief.twice_count_;
}

int Relay::late() const {
  MutexLock lock(&impl_->mischief.mutex_);
  return impl_->mischief.late_count_;
}

int Relay::shifted() const {
  MutexLock lock(&impl_->mischief.mutex_);
  return impl_->mischief.shifted_count_;
}

std::vector<std::string> Relay::complaints() const {
  MutexLock lock(&impl_->mischief.mutex_);
  return impl_->mischief.complaints_;
}

}  // namespace evoke
