// A bad network: passes TCP connections on to a server, and does to them what cables, switches and
// firewalls do.
#ifndef EVOKE_TESTS_FAULT_TCP_PROXY_H_
#define EVOKE_TESTS_FAULT_TCP_PROXY_H_

#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/mutex.h"

namespace evoke {

// Thread-safe. Listens on a free port of the loopback; each connection there becomes one to the
// server. Holds at most 1 MB per connection and direction, then stops reading, as a network does.
class TcpProxy {
 public:
  // What every byte meets. From the moment that they are set on, also for bytes that wait already.
  struct Conditions {
    absl::Duration delay = absl::ZeroDuration();  // one way; order is kept
    int64_t bytes_per_second = 0;                 // of each direction of a connection; 0: no limit
    bool stalled_to_server = false;               // nothing comes through; nothing is lost
    bool stalled_to_client = false;
    bool refusing = false;  // new connections are closed at once
  };
  enum class End { kClient, kServer, kNeither };

  // UNAVAILABLE if there is no port.
  static absl::StatusOr<std::unique_ptr<TcpProxy>> Start(int server_port);
  ~TcpProxy();  // closes everything

  int port() const { return port_; }
  std::string address() const;

  void Set(const Conditions& conditions);
  // Ends every connection at both ends, with a reset; what was under way is lost.
  void Cut();
  // Half-open: what is under way and all that comes is swallowed, for good. The end `told` gets a
  // reset; the other one still takes its connection for a good one. New connections work.
  void ForgetConnections(End told);
  int connections() const;  // that are neither cut nor forgotten

 private:
  struct Chunk {
    int64_t at_nanos = 0;  // when it came
    std::string bytes;
  };
  struct Flow {
    std::deque<Chunk> chunks;
    size_t size = 0;
    int64_t budget_at_nanos = 0;  // when the next byte may go, at a limited rate
    bool ended = false;           // the sender has closed
    bool blocked = false;         // the receiver's buffer is full
  };
  struct Connection {
    int client = -1, server = -1;  // sockets; -1: closed
    Flow to_server, to_client;
    bool forgotten = false;
  };

  TcpProxy(int listener, int waker, int port, int server_port);
  void Loop();
  void Accept() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // False: the connection broke.
  bool Receive(int socket, Flow* flow, bool forgotten);
  bool Deliver(int socket, Flow* flow, bool stalled, int64_t now, int64_t* next)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Wake();

  const int listener_, waker_, port_, server_port_;
  mutable Mutex mutex_;
  Conditions conditions_ ABSL_GUARDED_BY(mutex_);
  std::list<Connection> connections_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace evoke

#endif  // EVOKE_TESTS_FAULT_TCP_PROXY_H_
