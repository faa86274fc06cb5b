#include "clients/recorder/intan/intan_program.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

#include "common/status_macros.h"
#include "spdlog/spdlog.h"

namespace evoke {
namespace {

using Status = IntanOutputState::Status;

IntanSettings SettingsOf(const IntanProgramOptions& options) {
  IntanSettings settings;
  settings.sample_rate_hz = options.sample_rate_hz;
  settings.blocks_per_write = options.blocks_per_write;
  settings.SetChannels(options.channels);
  const int ports[] = {options.spike_port, options.waveform_port};
  for (size_t i = 0; i < settings.outputs.size(); ++i) {
    settings.outputs[i].host = options.host;
    settings.outputs[i].port = ports[i];
  }
  if (options.running) settings.SetRunMode("Run");
  return settings;
}

}  // namespace

IntanProgram::IntanProgram(IntanProgramOptions options)
    : options_(std::move(options)),
      wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      settings_(SettingsOf(options_)) {}

IntanProgram::~IntanProgram() { Stop(); }

absl::Status IntanProgram::Start() {
  EVOKE_ASSIGN_OR_RETURN(command_listener_, ListenTcp(options_.host, options_.command_port));
  command_port_ = PortOf(command_listener_);
  thread_ = std::thread([this] { Loop(); });
  return absl::OkStatus();
}

void IntanProgram::Stop() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    for (Stream& stream : streams_) {
      if (stream.client != nullptr) stream.client->Shutdown();
    }
  }
  Wake();
  if (thread_.joinable()) thread_.join();
}

void IntanProgram::WithSettings(const std::function<void(IntanSettings&)>& use) {
  {
    MutexLock lock(&mutex_);
    use(settings_);
    FollowSettings();
  }
  Wake();
}

bool IntanProgram::connected(IntanOutput output) {
  MutexLock lock(&mutex_);
  return streams_[static_cast<size_t>(output)].client != nullptr;
}

bool IntanProgram::Send(IntanOutput output, absl::string_view bytes) {
  const SharedSocket client = ClientOf(output);
  return client != nullptr &&
         Keep(output, client, client->Send(bytes.data(), bytes.size(), options_.send_timeout));
}

bool IntanProgram::Flush(IntanOutput output) {
  const SharedSocket client = ClientOf(output);
  return client != nullptr && Keep(output, client, client->Flush(options_.send_timeout));
}

IntanProgram::SharedSocket IntanProgram::ClientOf(IntanOutput output) {
  MutexLock lock(&mutex_);
  return stopping_ ? nullptr : streams_[static_cast<size_t>(output)].client;
}

bool IntanProgram::Keep(IntanOutput output, const SharedSocket& client,
                        const absl::Status& status) {
  if (status.ok()) return true;
  spdlog::warn("a client of the {} output was disconnected: {}", std::string(NameOf(output)),
               std::string(status.message()));
  MutexLock lock(&mutex_);
  if (streams_[static_cast<size_t>(output)].client == client) {
    settings_.outputs[static_cast<size_t>(output)].status = Status::kDisconnected;
    FollowSettings();
  }
  return false;
}

void IntanProgram::Drop(IntanOutput output) {
  WithSettings([&](IntanSettings& settings) {
    settings.outputs[static_cast<size_t>(output)].status = Status::kDisconnected;
  });
}

void IntanProgram::DropCommand() {
  MutexLock lock(&mutex_);
  if (command_client_ != nullptr) command_client_->Shutdown();
}

void IntanProgram::FollowSettings() {
  for (size_t i = 0; i < streams_.size(); ++i) {
    Stream& stream = streams_[i];
    IntanOutputState& state = settings_.outputs[i];
    if (state.status == Status::kDisconnected) {
      stream.listener.Close();
      if (stream.client != nullptr) stream.client->Shutdown();
      stream.client.reset();
    } else if (state.status == Status::kPending && !stream.listener.open()) {
      absl::StatusOr<TcpSocket> listener = ListenTcp(options_.host, state.port);
      if (!listener.ok()) {
        spdlog::error("{}", std::string(listener.status().message()));
        state.status = Status::kDisconnected;
        continue;
      }
      stream.listener = *std::move(listener);
      // Kept from now on, as a port that was given would be.
      state.port = PortOf(stream.listener);
    }
  }
}

void IntanProgram::Loop() {
  while (true) {
    SharedSocket command;
    std::array<SharedSocket, 2> clients;
    std::array<pollfd, 7> entries;
    {
      MutexLock lock(&mutex_);
      if (stopping_) break;
      command = command_client_;
      const auto entry = [](const TcpSocket& socket) { return pollfd{socket.fd(), POLLIN, 0}; };
      const auto client_entry = [](const SharedSocket& socket) {
        return pollfd{socket == nullptr ? -1 : socket->fd(), POLLIN, 0};
      };
      // One client at a time; others wait.
      entries[0] = entry(wake_);
      entries[1] = command == nullptr ? entry(command_listener_) : pollfd{-1, POLLIN, 0};
      entries[2] = client_entry(command);
      for (size_t i = 0; i < streams_.size(); ++i) {
        clients[i] = streams_[i].client;
        entries[3 + 2 * i] = entry(streams_[i].listener);
        entries[4 + 2 * i] = client_entry(clients[i]);
      }
    }
    if (poll(entries.data(), entries.size(), -1) < 0) continue;
    uint64_t count;
    if (entries[0].revents != 0 && read(wake_.fd(), &count, sizeof count) < 0) continue;
    if (entries[1].revents != 0) {
      TcpSocket socket = Accept(command_listener_);
      MutexLock lock(&mutex_);
      if (socket.open()) command_client_ = std::make_shared<TcpSocket>(std::move(socket));
    }
    if (entries[2].revents != 0) AnswerCommand(command);
    for (size_t i = 0; i < clients.size(); ++i) {
      if (entries[3 + 2 * i].revents != 0) AcceptStream(i);
      if (entries[4 + 2 * i].revents != 0) LookAtStream(i, clients[i]);
    }
  }
  MutexLock lock(&mutex_);
  command_client_.reset();
  command_listener_.Close();
  for (Stream& stream : streams_) stream = Stream();
}

void IntanProgram::AcceptStream(size_t output) {
  MutexLock lock(&mutex_);
  Stream& stream = streams_[output];
  if (!stream.listener.open()) return;
  TcpSocket socket = Accept(stream.listener);
  if (!socket.open()) return;
  // One client, after which nobody listens.
  stream.listener.Close();
  stream.client = std::make_shared<TcpSocket>(std::move(socket));
  settings_.outputs[output].status = Status::kConnected;
}

void IntanProgram::LookAtStream(size_t output, const SharedSocket& client) {
  char buffer[256];
  // Nothing is to be received here but the end.
  if (!client->Receive(buffer, sizeof buffer).closed) return;
  MutexLock lock(&mutex_);
  if (streams_[output].client != client) return;
  settings_.outputs[output].status = Status::kDisconnected;
  FollowSettings();
}

void IntanProgram::AnswerCommand(const SharedSocket& client) {
  char buffer[4096];
  const TcpSocket::Received received = client->Receive(buffer, sizeof buffer);
  MutexLock lock(&mutex_);
  if (received.closed) {
    command_client_.reset();
    return;
  }
  const std::string answer = settings_.Handle(absl::string_view(buffer, received.bytes));
  FollowSettings();
  if (answer.empty()) return;
  // A client that asks and does not listen is no reason to wait.
  if (!client->Send(answer.data(), answer.size(), absl::ZeroDuration()).ok()) {
    command_client_.reset();
  }
}

void IntanProgram::Wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_.fd(), &one, sizeof one);
}

}  // namespace evoke
