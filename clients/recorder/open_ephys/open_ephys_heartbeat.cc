#include "clients/recorder/open_ephys/open_ephys_heartbeat.h"

#include <random>

#include "absl/strings/str_format.h"
#include "spdlog/spdlog.h"

namespace evoke {
namespace {

constexpr int64_t kIntervalNanos = 2'000'000'000;

std::string RandomUuid() {
  std::random_device random;
  return absl::StrFormat("%08x-%04x-4%03x-8%03x-%08x%04x", random(), random() & 0xffff,
                         random() & 0xfff, random() & 0xfff, random(), random() & 0xffff);
}

}  // namespace

OpenEphysHeartbeat::OpenEphysHeartbeat(const std::string& endpoint)
    : endpoint_(endpoint),
      text_(absl::StrFormat(R"({"application": "evoke-rig", "uuid": "%s", "type": "heartbeat"})",
                            RandomUuid())) {
  try {
    socket_ = zmq::socket_t(context_, zmq::socket_type::req);
    socket_.set(zmq::sockopt::linger, 0);
    // A GUI that was restarted never answers the last request: send the next one all the same.
    socket_.set(zmq::sockopt::req_relaxed, true);
    socket_.set(zmq::sockopt::req_correlate, true);
    socket_.connect(endpoint);
  } catch (const zmq::error_t& error) {
    spdlog::warn("no heartbeats to ZMQ Interface at {}: {}", endpoint_, error.what());
    socket_.close();
  }
}

void OpenEphysHeartbeat::Tick(int64_t now_nanos) {
  if (!socket_ || now_nanos < next_nanos_) return;
  next_nanos_ = now_nanos + kIntervalNanos;
  try {
    zmq::message_t answer;
    while (socket_.recv(answer, zmq::recv_flags::dontwait)) {
      unanswered_ = 0;
      told_ = false;
    }
  } catch (const zmq::error_t&) {
    // EFSM: there is no request under way.
  }
  if (unanswered_ >= 2 && !told_) {
    spdlog::warn(
        "ZMQ Interface at {} answers no heartbeats: evoke-rig is missing from its client list, "
        "data are not affected",
        endpoint_);
    told_ = true;
  }
  try {
    if (socket_.send(zmq::buffer(text_), zmq::send_flags::dontwait)) ++unanswered_;
  } catch (const zmq::error_t& error) {
    spdlog::debug("heartbeat to {}: {}", endpoint_, error.what());
  }
}

}  // namespace evoke
