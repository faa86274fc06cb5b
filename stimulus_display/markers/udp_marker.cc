#include "stimulus_display/markers/udp_marker.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "nlohmann/json.hpp"

namespace evoke {

absl::StatusOr<std::unique_ptr<UdpMarker>> UdpMarker::Open(const std::string& host_port) {
  EVOKE_ASSIGN_OR_RETURN(const UdpAddress to, ResolveUdp("--marker-udp", host_port));
  const int socket = ::socket(to.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) {
    return absl::UnavailableError(
        absl::StrCat("--marker-udp ", host_port, ": no socket: ", std::strerror(errno)));
  }
  return std::unique_ptr<UdpMarker>(new UdpMarker(host_port, to, socket));
}

UdpMarker::UdpMarker(std::string host_port, const UdpAddress& to, int socket)
    : host_port_(std::move(host_port)), to_(to), socket_(socket) {}

UdpMarker::~UdpMarker() { close(socket_); }

absl::Status UdpMarker::Send(const Mark& mark) {
  nlohmann::ordered_json line;
  line["event"] = mark.onset ? "onset" : "offset";
  line["trial"] = mark.trial;
  line["sync_code"] = mark.sync_code;
  line["stamp_nanos"] = mark.stamp_nanos;
  // Bytes that are no UTF-8 would throw.
  const std::string text =
      line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  // Not connected: a refusal of the datagram before would cost this one.
  if (sendto(socket_, text.data(), text.size(), 0, to_.get(), to_.size) >= 0) {
    return absl::OkStatus();
  }
  return absl::UnavailableError(absl::StrCat("marker to ", host_port_, ": ", std::strerror(errno)));
}

}  // namespace evoke
