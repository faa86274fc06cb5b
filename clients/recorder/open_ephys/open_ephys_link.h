// The subscription to a plugin's data socket: whole messages in, connections watched.
#ifndef EVOKE_CLIENTS_RECORDER_OPEN_EPHYS_OPEN_EPHYS_LINK_H_
#define EVOKE_CLIENTS_RECORDER_OPEN_EPHYS_OPEN_EPHYS_LINK_H_

#include <array>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "zmq.hpp"

namespace evoke {

// Used by one thread, but for Wake(). ZeroMQ connects again by itself after a break; what the
// plugin sent in between is lost.
class OpenEphysLink {
 public:
  OpenEphysLink();
  ~OpenEphysLink();
  OpenEphysLink(const OpenEphysLink&) = delete;
  OpenEphysLink& operator=(const OpenEphysLink&) = delete;

  // Subscribes to everything at "tcp://host:port". Returns before the connection stands.
  // INVALID_ARGUMENT if that is no address.
  absl::Status Connect(const std::string& endpoint);
  void Close();

  // Takes the next message, if there is one, without waiting.
  bool Receive();
  // Of the message last received; valid until the next Receive().
  absl::Span<const std::string_view> parts() const { return {views_.data(), part_count_}; }

  // Waits for a message, a change of the connection or Wake(); true if it was Wake().
  bool Wait(absl::Duration timeout);
  void Wake();

  // Looks at what became of the connection since the last call.
  void WatchConnection();
  bool connected() const { return connected_; }
  // How often a connection that stood was lost.
  int disconnects() const { return disconnects_; }

 private:
  static constexpr size_t kMostParts = 8;

  zmq::context_t context_;
  zmq::socket_t socket_;
  zmq::socket_t monitor_;
  const int wake_fd_;
  std::array<zmq::message_t, kMostParts> messages_;
  std::array<std::string_view, kMostParts> views_;
  size_t part_count_ = 0;
  bool connected_ = false;
  int disconnects_ = 0;
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RECORDER_OPEN_EPHYS_OPEN_EPHYS_LINK_H_
