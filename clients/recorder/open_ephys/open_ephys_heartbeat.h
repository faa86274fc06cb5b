// Shows us in the client list of ZMQ Interface's editor, so that the operator sees who listens.
#ifndef EVOKE_CLIENTS_RECORDER_OPEN_EPHYS_OPEN_EPHYS_HEARTBEAT_H_
#define EVOKE_CLIENTS_RECORDER_OPEN_EPHYS_OPEN_EPHYS_HEARTBEAT_H_

#include <cstdint>
#include <string>

#include "zmq.hpp"

namespace evoke {

// Used by one thread. Never waits. Data flow without it, so that a failure is a line in the log.
class OpenEphysHeartbeat {
 public:
  // `endpoint` of the plugin's reply socket: its data port + 1.
  explicit OpenEphysHeartbeat(const std::string& endpoint);

  // Sends one every 2 s (the plugin forgets clients after 5) and takes answers.
  void Tick(int64_t now_nanos);

 private:
  const std::string endpoint_;
  zmq::context_t context_;
  zmq::socket_t socket_;
  std::string text_;
  int64_t next_nanos_ = 0;
  int unanswered_ = 0;
  bool told_ = false;
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RECORDER_OPEN_EPHYS_OPEN_EPHYS_HEARTBEAT_H_
