#include "clients/recorder/open_ephys/open_ephys_link.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace evoke {
namespace {

constexpr char kMonitor[] = "inproc://open-ephys-link";
// Half a minute of the densest recording, some 300 MB: beyond it messages are left to the plugin,
// which drops them.
constexpr int kReceiveQueue = 600'000;

std::string_view View(const zmq::message_t& message) {
  return {static_cast<const char*>(message.data()), message.size()};
}

}  // namespace

OpenEphysLink::OpenEphysLink() : wake_fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

OpenEphysLink::~OpenEphysLink() {
  Close();
  close(wake_fd_);
}

absl::Status OpenEphysLink::Connect(const std::string& endpoint) {
  try {
    socket_ = zmq::socket_t(context_, zmq::socket_type::sub);
    socket_.set(zmq::sockopt::linger, 0);
    socket_.set(zmq::sockopt::rcvhwm, kReceiveQueue);
    socket_.set(zmq::sockopt::reconnect_ivl, 100);
    socket_.set(zmq::sockopt::reconnect_ivl_max, 1000);
    // A pulled cable or a machine that was switched off closes no connection: only this tells.
    socket_.set(zmq::sockopt::heartbeat_ivl, 1000);
    socket_.set(zmq::sockopt::heartbeat_timeout, 3000);
    socket_.set(zmq::sockopt::subscribe, "");
    if (zmq_socket_monitor(socket_.handle(), kMonitor,
                           ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED) != 0) {
      throw zmq::error_t();
    }
    monitor_ = zmq::socket_t(context_, zmq::socket_type::pair);
    monitor_.set(zmq::sockopt::linger, 0);
    monitor_.connect(kMonitor);
    socket_.connect(endpoint);
  } catch (const zmq::error_t& error) {
    return absl::InvalidArgumentError(absl::StrCat("Open Ephys at ", endpoint, ": ", error.what(),
                                                   ": give the host's name or address"));
  }
  return absl::OkStatus();
}

void OpenEphysLink::Close() {
  if (socket_) zmq_socket_monitor(socket_.handle(), nullptr, 0);
  monitor_.close();
  socket_.close();
  connected_ = false;
}

bool OpenEphysLink::Receive() {
  part_count_ = 0;
  try {
    if (!socket_.recv(messages_[0], zmq::recv_flags::dontwait)) return false;
    views_[0] = View(messages_[0]);
    part_count_ = 1;
    bool more = messages_[0].more();
    zmq::message_t surplus;
    while (more) {
      // The parts of a message arrive together. No plugin sends more than three.
      zmq::message_t& part = part_count_ < kMostParts ? messages_[part_count_] : surplus;
      if (!socket_.recv(part, zmq::recv_flags::none)) break;
      more = part.more();
      if (part_count_ < kMostParts) views_[part_count_++] = View(part);
    }
    return true;
  } catch (const zmq::error_t& error) {
    if (error.num() != EINTR) throw;
    return false;
  }
}

bool OpenEphysLink::Wait(absl::Duration timeout) {
  zmq_pollitem_t items[] = {{socket_.handle(), 0, ZMQ_POLLIN, 0},
                            {monitor_.handle(), 0, ZMQ_POLLIN, 0},
                            {nullptr, wake_fd_, ZMQ_POLLIN, 0}};
  const int64_t millis =
      std::max<int64_t>(0, absl::ToInt64Milliseconds(absl::Ceil(timeout, absl::Milliseconds(1))));
  zmq_poll(items, 3, static_cast<long>(std::min<int64_t>(millis, 3'600'000)));
  uint64_t count;
  // Also empties the counter, so that the next Wait() waits.
  return read(wake_fd_, &count, sizeof(count)) == sizeof(count);
}

void OpenEphysLink::Wake() {
  const uint64_t one = 1;
  // Fails only if the counter is full, and then Wait() returns anyway.
  [[maybe_unused]] const ssize_t put = write(wake_fd_, &one, sizeof(one));
}

void OpenEphysLink::WatchConnection() {
  while (true) {
    zmq::message_t event;
    zmq::message_t address;
    try {
      if (!monitor_.recv(event, zmq::recv_flags::dontwait)) return;
      if (event.more() && !monitor_.recv(address, zmq::recv_flags::none)) return;
    } catch (const zmq::error_t& error) {
      if (error.num() != EINTR) throw;
      return;
    }
    uint16_t kind = 0;
    if (event.size() >= sizeof(kind)) std::memcpy(&kind, event.data(), sizeof(kind));
    if (kind == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) connected_ = true;
    if (kind == ZMQ_EVENT_DISCONNECTED) {
      disconnects_ += connected_;
      connected_ = false;
    }
  }
}

}  // namespace evoke
