#include "clients/api/client_session.h"

#include <chrono>
#include <random>
#include <utility>

#include "absl/strings/str_format.h"
#include "clients/api/channel.h"
#include "common/backoff.h"
#include "evoke/v1/client_service.grpc.pb.h"
#include "grpcpp/client_context.h"
#include "spdlog/spdlog.h"

namespace evoke {
namespace {

constexpr auto kCallTimeout = std::chrono::seconds(2);

v1::Client WithInstance(v1::Client client) {
  std::random_device random;
  client.set_instance(absl::StrFormat("%08x%08x", random(), random()));
  return client;
}

}  // namespace

ClientSession::ClientSession(std::shared_ptr<grpc::Channel> channel, v1::Client client,
                             const Clock* clock, absl::Duration heartbeat_interval)
    : channel_(std::move(channel)),
      name_(client.name()),
      clock_(clock),
      heartbeat_interval_(heartbeat_interval),
      client_(WithInstance(std::move(client))) {
  thread_ = std::thread([this] { Loop(); });
}

ClientSession::~ClientSession() {
  Stop();
  thread_.join();
}

void ClientSession::Stop() {
  MutexLock lock(&mutex_);
  stopping_ = true;
  changed_.SignalAll();
}

absl::Status ClientSession::WaitRegistered() {
  MutexLock lock(&mutex_);
  while (!registered_ && !stopping_ && final_.ok()) changed_.Wait(&mutex_);
  if (!final_.ok()) return final_;
  return stopping_ ? absl::CancelledError("stopping") : absl::OkStatus();
}

absl::Status ClientSession::status() const {
  MutexLock lock(&mutex_);
  return final_;
}

v1::Instant ClientSession::ToInstant(int64_t local_nanos, int64_t uncertainty_nanos) const {
  MutexLock lock(&mutex_);
  v1::Instant instant = offset_.ToInstant(local_nanos, uncertainty_nanos);
  instant.set_session(server_session_);
  return instant;
}

absl::StatusOr<int64_t> ClientSession::ToLocalNanos(const v1::Instant& instant) const {
  MutexLock lock(&mutex_);
  if (!offset_.known() || instant.session() != server_session_) {
    return absl::UnavailableError("no clock exchange with that run of the server yet");
  }
  // The offset is the same at every moment.
  return instant.session_nanos() - offset_.ToInstant(0, 0).session_nanos();
}

void ClientSession::SetTrouble(const std::string& trouble) {
  MutexLock lock(&mutex_);
  if (trouble == trouble_) return;
  trouble_ = trouble;
  news_ = true;
  changed_.SignalAll();
}

void ClientSession::UpdateBackend(v1::Client::Backend backend) {
  MutexLock lock(&mutex_);
  *client_.mutable_backend() = std::move(backend);
  changed_client_ = true;
  news_ = true;
  changed_.SignalAll();
}

void ClientSession::OnEnd(std::function<void()> ended) {
  MutexLock lock(&on_end_mutex_);
  on_end_ = std::move(ended);
}

void ClientSession::Loop() {
  Backoff backoff;
  bool registered = false, said_lost = false;
  while (true) {
    {
      MutexLock lock(&mutex_);
      news_ = false;
      if (std::exchange(changed_client_, false)) registered = false;
    }
    absl::Status status = registered ? Heartbeat() : Register();
    if (status.ok() && !registered) {
      // The first exchange before anybody is told, so that every stamp has an offset.
      status = Heartbeat();
      registered = status.ok();
    }
    if (absl::IsNotFound(status)) registered = false;  // the server was restarted
    if (!status.ok() && !IsTransient(status) && !absl::IsNotFound(status)) {
      {
        MutexLock lock(&mutex_);
        final_ = status;
        registered_ = false;
        changed_.SignalAll();
      }
      MutexLock lock(&on_end_mutex_);
      if (on_end_) on_end_();
      return;
    }
    MutexLock lock(&mutex_);
    registered_ = registered;
    if (status.ok()) {
      if (std::exchange(said_lost, false)) spdlog::info("connected again");
      backoff.Reset();
    } else if (!std::exchange(said_lost, true)) {
      spdlog::warn("server not reached, trying again: {}", std::string(status.message()));
    }
    changed_.SignalAll();
    if (!stopping_ && !(news_ && status.ok())) {
      changed_.WaitWithTimeout(&mutex_, status.ok() ? heartbeat_interval_ : backoff.Next());
    }
    if (stopping_) return;
  }
}

absl::Status ClientSession::Register() {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kCallTimeout);
  v1::RegisterClientRequest request;
  {
    MutexLock lock(&mutex_);
    *request.mutable_client() = client_;
  }
  v1::Client response;
  return FromGrpc(
      v1::ClientService::NewStub(channel_)->RegisterClient(&context, request, &response));
}

absl::Status ClientSession::Heartbeat() {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kCallTimeout);
  v1::HeartbeatRequest request;
  {
    MutexLock lock(&mutex_);
    request.set_client(client_.name());
    request.set_instance(client_.instance());
    request.set_trouble(trouble_);
  }
  request.set_client_send_nanos(clock_->MonotonicNanos());
  v1::HeartbeatResponse response;
  const grpc::Status status =
      v1::ClientService::NewStub(channel_)->Heartbeat(&context, request, &response);
  const int64_t received = clock_->MonotonicNanos();
  if (!status.ok()) return FromGrpc(status);
  MutexLock lock(&mutex_);
  if (response.session() != server_session_) {
    offset_.Reset();
    server_session_ = response.session();
  }
  offset_.Add(request.client_send_nanos(), response.server_receive_nanos(),
              response.server_send_nanos(), received);
  return absl::OkStatus();
}

}  // namespace evoke
