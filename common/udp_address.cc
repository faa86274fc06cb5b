#include "common/udp_address.h"

#include <netdb.h>

#include <cstring>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace evoke {

absl::StatusOr<UdpAddress> ResolveUdp(const std::string& option, const std::string& text,
                                      const std::string& default_host) {
  const size_t colon = text.rfind(':');
  std::string host = colon == std::string::npos ? default_host : text.substr(0, colon);
  const std::string port = colon == std::string::npos ? text : text.substr(colon + 1);
  // [::1]:5000
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  int number = 0;
  if (host.empty() || !absl::SimpleAtoi(port, &number) || number < 0 || number > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat(option, ": \"", text, "\" is not HOST:PORT, for example 127.0.0.1:50171"));
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), port.c_str(), &hints, &found); error != 0) {
    return absl::NotFoundError(absl::StrCat(option, ": ", host, ": ", gai_strerror(error)));
  }
  UdpAddress address;
  std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
  address.size = found->ai_addrlen;
  freeaddrinfo(found);
  return address;
}

}  // namespace evoke
