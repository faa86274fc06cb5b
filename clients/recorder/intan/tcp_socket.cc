#include "clients/recorder/intan/tcp_socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

namespace evoke {
namespace {

// For poll(): rounded up, so that a wait of a part of a millisecond does not spin.
int PollMillis(absl::Duration timeout) {
  if (timeout <= absl::ZeroDuration()) return 0;
  return static_cast<int>(absl::ToInt64Milliseconds(
      std::min(absl::Ceil(timeout, absl::Milliseconds(1)), absl::Minutes(10))));
}

// poll() that goes on after signals. 0: timed out.
int Poll(int fd, short events, absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  while (true) {
    pollfd entry = {fd, events, 0};
    const int ready = poll(&entry, 1, PollMillis(deadline - absl::Now()));
    if (ready >= 0 || errno != EINTR) return ready;
  }
}

std::string ErrorText(int error) { return std::strerror(error); }

void NoDelay(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

TcpSocket& TcpSocket::operator=(TcpSocket&& other) noexcept {
  if (this != &other) {
    Close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void TcpSocket::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

void TcpSocket::Shutdown() {
  if (fd_ >= 0) shutdown(fd_, SHUT_RDWR);
}

TcpSocket::Received TcpSocket::Receive(char* buffer, size_t size) {
  while (true) {
    const ssize_t bytes = recv(fd_, buffer, size, MSG_DONTWAIT);
    if (bytes > 0) return {static_cast<size_t>(bytes), false};
    if (bytes == 0) return {0, true};
    if (errno == EINTR) continue;
    return {0, errno != EAGAIN && errno != EWOULDBLOCK};
  }
}

absl::Status TcpSocket::Send(const char* data, size_t size, absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  while (size > 0) {
    const ssize_t sent = send(fd_, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      data += sent;
      size -= static_cast<size_t>(sent);
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return absl::UnavailableError(ErrorText(errno));
    if (Poll(fd_, POLLOUT, deadline - absl::Now()) == 0) {
      return absl::DeadlineExceededError("the other side does not read");
    }
  }
  return absl::OkStatus();
}

absl::Status TcpSocket::Flush(absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  int unsent = 0;
  // There is no event to wait for.
  while (ioctl(fd_, SIOCOUTQNSD, &unsent) == 0 && unsent > 0) {
    // No events asked for: an end of the connection is told all the same.
    if (Poll(fd_, 0, absl::ZeroDuration()) != 0) {
      return absl::UnavailableError("the connection has ended");
    }
    if (absl::Now() > deadline) return absl::DeadlineExceededError("the other side does not read");
    absl::SleepFor(absl::Microseconds(50));
  }
  return absl::OkStatus();
}

absl::StatusOr<TcpSocket> ConnectTcp(const std::string& host, int port, absl::Duration timeout,
                                     int receive_buffer) {
  addrinfo hints = {};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
      error != 0) {
    return absl::NotFoundError(gai_strerror(error));
  }
  const auto free_found = absl::MakeCleanup([found] { freeaddrinfo(found); });
  absl::Status last = absl::UnavailableError("no address");
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    TcpSocket socket(::socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket.open()) return absl::UnavailableError(ErrorText(errno));
    // Before connect(): the window of TCP is agreed there.
    if (receive_buffer > 0) {
      setsockopt(socket.fd(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    NoDelay(socket.fd());
    if (connect(socket.fd(), address->ai_addr, address->ai_addrlen) == 0) return socket;
    if (errno != EINPROGRESS) {
      last = absl::UnavailableError(ErrorText(errno));
      continue;
    }
    if (Poll(socket.fd(), POLLOUT, timeout) == 0) {
      last = absl::DeadlineExceededError("no answer");
      continue;
    }
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &error, &length);
    if (error == 0) return socket;
    last = absl::UnavailableError(ErrorText(error));
  }
  return last;
}

absl::StatusOr<TcpSocket> ListenTcp(const std::string& host, int port) {
  const auto failed = [&](absl::string_view why) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", host, ":", port, ": ", why));
  };
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) {
    return failed("not an IPv4 address");
  }
  TcpSocket socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.open()) return failed(ErrorText(errno));
  const int on = 1;
  setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(socket.fd(), 1) != 0) {
    return failed(ErrorText(errno));
  }
  return socket;
}

int PortOf(const TcpSocket& socket) {
  sockaddr_in address = {};
  socklen_t length = sizeof address;
  getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&address), &length);
  return ntohs(address.sin_port);
}

TcpSocket Accept(const TcpSocket& listener) {
  TcpSocket socket(accept4(listener.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (socket.open()) NoDelay(socket.fd());
  return socket;
}

bool WaitReadable(int fd, absl::Duration timeout) { return Poll(fd, POLLIN, timeout) != 0; }

}  // namespace evoke
