#include "stimulus_display/client/abort_listener.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "common/udp_address.h"

namespace evoke {
namespace {

constexpr int kPollMs = 100;

// Of a datagram, for a record and a terminal: no line ends, no escapes.
std::string ReasonIn(const char* data, size_t size) {
  std::string reason(data, size);
  std::replace_if(
      reason.begin(), reason.end(), [](char c) { return absl::ascii_iscntrl(c); }, ' ');
  absl::StripAsciiWhitespace(&reason);
  return reason.empty() ? "aborted by UDP" : reason;
}

}  // namespace

absl::StatusOr<std::unique_ptr<AbortListener>> AbortListener::Start(
    const std::string& address, std::function<void(const std::string& reason)> abort) {
  EVOKE_ASSIGN_OR_RETURN(UdpAddress here, ResolveUdp("--abort-udp", address));
  const int socket = ::socket(here.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0 || bind(socket, here.get(), here.size) != 0 ||
      getsockname(socket, reinterpret_cast<sockaddr*>(&here.storage), &here.size) != 0) {
    const std::string why = std::strerror(errno);
    if (socket >= 0) close(socket);
    return absl::UnavailableError(
        absl::StrCat("--abort-udp ", address, ": can't listen: ", why, "; choose another port"));
  }
  const in_port_t port = here.family() == AF_INET6
                             ? reinterpret_cast<const sockaddr_in6*>(here.get())->sin6_port
                             : reinterpret_cast<const sockaddr_in*>(here.get())->sin_port;
  return std::unique_ptr<AbortListener>(new AbortListener(socket, ntohs(port), std::move(abort)));
}

AbortListener::AbortListener(int socket, int port, std::function<void(const std::string&)> abort)
    : socket_(socket), port_(port), abort_(std::move(abort)), thread_([this] { Loop(); }) {}

AbortListener::~AbortListener() {
  stopping_ = true;
  thread_.join();
  close(socket_);
}

void AbortListener::Loop() {
  char data[512];
  while (!stopping_) {
    pollfd waiting{socket_, POLLIN, 0};
    if (poll(&waiting, 1, kPollMs) <= 0) continue;
    const ssize_t size = recv(socket_, data, sizeof(data), MSG_DONTWAIT);
    if (size >= 0) abort_(ReasonIn(data, static_cast<size_t>(size)));
  }
}

}  // namespace evoke
