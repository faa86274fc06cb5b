// TCP sockets that never block and always close.
#ifndef EVOKE_CLIENTS_RECORDER_INTAN_TCP_SOCKET_H_
#define EVOKE_CLIENTS_RECORDER_INTAN_TCP_SOCKET_H_

#include <cstddef>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace evoke {

// Owns a file descriptor. Not thread-safe, but for Shutdown().
class TcpSocket {
 public:
  TcpSocket() = default;
  explicit TcpSocket(int fd) : fd_(fd) {}
  TcpSocket(TcpSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  TcpSocket& operator=(TcpSocket&& other) noexcept;
  ~TcpSocket() { Close(); }

  int fd() const { return fd_; }
  bool open() const { return fd_ >= 0; }
  void Close();
  // Ends the connection in both directions, so that whoever waits on the socket wakes. The
  // descriptor stays valid until Close().
  void Shutdown();

  // The result of Receive(): bytes, or why there are none.
  struct Received {
    size_t bytes = 0;
    bool closed = false;  // the peer closed, or the connection broke
  };
  // Takes what is there, up to `size` bytes. Neither bytes nor closed: nothing at present.
  Received Receive(char* buffer, size_t size);
  // Sends all, waiting for the peer to read. DEADLINE_EXCEEDED, UNAVAILABLE if the peer is gone.
  absl::Status Send(const char* data, size_t size, absl::Duration timeout);
  // Waits until all that was sent has left this machine, or on it has been delivered; TCP may hold
  // it back for a while. DEADLINE_EXCEEDED, UNAVAILABLE if the connection ended.
  absl::Status Flush(absl::Duration timeout);

 private:
  int fd_ = -1;
};

// Connects without Nagle's delay. UNAVAILABLE if refused or unreachable, DEADLINE_EXCEEDED,
// NOT_FOUND if the name is unknown; the message holds the reason only, not the address.
// `receive_buffer` in bytes, 0: the system's.
absl::StatusOr<TcpSocket> ConnectTcp(const std::string& host, int port, absl::Duration timeout,
                                     int receive_buffer = 0);

// Listens on an IPv4 address; port 0: any free one. UNAVAILABLE naming address and port.
absl::StatusOr<TcpSocket> ListenTcp(const std::string& host, int port);
// The port that a socket is bound to.
int PortOf(const TcpSocket& socket);
// Whoever waits to be accepted; not open if nobody does.
TcpSocket Accept(const TcpSocket& listener);

// Waits for input, an end of the connection, or the timeout. True unless it timed out.
bool WaitReadable(int fd, absl::Duration timeout);

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RECORDER_INTAN_TCP_SOCKET_H_
