// Where UDP datagrams go to or come from.
#ifndef EVOKE_COMMON_UDP_ADDRESS_H_
#define EVOKE_COMMON_UDP_ADDRESS_H_

#include <netinet/in.h>
#include <sys/socket.h>

#include <string>

#include "absl/status/statusor.h"

namespace evoke {

// IPv4 or IPv6, as the socket calls take it.
struct UdpAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  int family() const { return storage.ss_family; }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// Of "HOST:PORT", or of a PORT alone, on `default_host`. May ask a name server. INVALID_ARGUMENT,
// naming `option`: it is not of that form. NOT_FOUND: there is no such host.
absl::StatusOr<UdpAddress> ResolveUdp(const std::string& option, const std::string& text,
                                      const std::string& default_host = "127.0.0.1");

}  // namespace evoke

#endif  // EVOKE_COMMON_UDP_ADDRESS_H_
