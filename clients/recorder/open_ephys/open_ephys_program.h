// Stands in for the Open Ephys GUI: the sockets of one plugin and the HTTP server. Replays and the
// emulated rig send through it, so that the recorder is always met over real sockets.
#ifndef EVOKE_CLIENTS_RECORDER_OPEN_EPHYS_OPEN_EPHYS_PROGRAM_H_
#define EVOKE_CLIENTS_RECORDER_OPEN_EPHYS_OPEN_EPHYS_PROGRAM_H_

#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "clients/recorder/open_ephys/open_ephys_control.h"
#include "clients/recorder/open_ephys/open_ephys_message.h"
#include "common/mutex.h"
#include "zmq.hpp"

namespace httplib {
class Server;
}

namespace evoke {

struct OpenEphysProgramOptions {
  OpenEphysPlugin plugin = OpenEphysPlugin::kZmqInterface;
  std::string host = "127.0.0.1";
  int data_port = 0;       // 0: any free one
  int heartbeat_port = 0;  // ZMQ Interface only; 0: any free one
  int http_port = 0;       // 0: any free one
  OpenEphysMode mode = OpenEphysMode::kIdle;
  // True: as the real sockets, a subscriber that falls 1000 messages behind loses some. False:
  // Publish() waits for it.
  bool drop_when_full = true;
  // What /api/processors tells of the signal chain; rate 0: no stream.
  std::string stream = "emulated";
  double sample_rate_hz = 0;
};

// Answers GET and PUT /api/status and GET /api/processors; other paths are not found. Thread-safe.
class OpenEphysProgram {
 public:
  explicit OpenEphysProgram(OpenEphysProgramOptions options);
  ~OpenEphysProgram();
  OpenEphysProgram(const OpenEphysProgram&) = delete;
  OpenEphysProgram& operator=(const OpenEphysProgram&) = delete;

  // UNAVAILABLE naming the port that is taken.
  absl::Status Start();
  void Stop();
  int data_port() const { return data_port_; }
  int heartbeat_port() const { return heartbeat_port_; }
  int http_port() const { return http_port_; }

  // Sends one message to the subscribers, whatever the mode. Waits only if drop_when_full is false;
  // false if Stop() ended the wait.
  bool Publish(absl::Span<const std::string> parts);
  // Whether there is a subscriber, within `timeout`: what is sent before is lost.
  bool WaitForSubscriber(absl::Duration timeout);

  OpenEphysMode mode() const;
  // As the GUI's play button does.
  void SetMode(OpenEphysMode mode);
  // Starts of the acquisition so far.
  int acquisitions() const;
  int heartbeats() const;

  // Faults, for tests. Breaks the subscribers' connections and listens again at the same port.
  absl::Status DropConnections();
  // The HTTP server goes away for good.
  void StopHttp();

 private:
  absl::Status Bind(int port, zmq::socket_type type, zmq::socket_t* socket, int* bound_port);
  absl::Status BindData(int port) ABSL_EXCLUSIVE_LOCKS_REQUIRED(socket_mutex_);
  absl::Status StartHttp();
  void CountSubscribers() ABSL_EXCLUSIVE_LOCKS_REQUIRED(socket_mutex_);
  void AnswerHeartbeats();
  bool stopping() const;

  const OpenEphysProgramOptions options_;
  int data_port_ = 0;
  int heartbeat_port_ = 0;
  int http_port_ = 0;
  zmq::context_t context_;

  // A ZeroMQ socket is used by one thread at a time.
  Mutex socket_mutex_;
  zmq::socket_t data_ ABSL_GUARDED_BY(socket_mutex_);
  int subscribers_ ABSL_GUARDED_BY(socket_mutex_) = 0;

  mutable Mutex mutex_;
  OpenEphysMode mode_ ABSL_GUARDED_BY(mutex_);
  int acquisitions_ ABSL_GUARDED_BY(mutex_) = 0;
  int heartbeats_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  zmq::socket_t heartbeat_;  // of its thread, once that runs
  std::thread heartbeat_thread_;
  std::unique_ptr<httplib::Server> http_;
  std::thread http_thread_;
};

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RECORDER_OPEN_EPHYS_OPEN_EPHYS_PROGRAM_H_
