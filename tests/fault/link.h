// A cable between two hosts that are not there: a network namespace for the clients, with a virtual
// Ethernet link to the server's.
#ifndef EVOKE_TESTS_FAULT_LINK_H_
#define EVOKE_TESTS_FAULT_LINK_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace evoke {

// Uses `ip` (iproute2). The destructor removes both.
class Link {
 public:
  // PERMISSION_DENIED unless this may make namespaces (root, CAP_SYS_ADMIN); UNAVAILABLE without
  // `ip`.
  static absl::StatusOr<std::unique_ptr<Link>> Make();
  ~Link();

  // The server's end, for it to listen on.
  const std::string& server_host() const { return server_host_; }
  // Put before the command line of what is to run at the clients' end.
  std::vector<std::string> client_prefix() const;

  absl::Status Down();  // the server's end loses its carrier, the clients' their route
  absl::Status Up();

 private:
  Link(std::string space, std::string host) : space_(std::move(space)), server_host_(host) {}

  const std::string space_;
  const std::string server_host_;
};

}  // namespace evoke

#endif  // EVOKE_TESTS_FAULT_LINK_H_
