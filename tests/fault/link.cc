#include "tests/fault/link.h"

#include <unistd.h>

#include <atomic>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

// A path: the programs are started without a shell.
constexpr char kIp[] = "/usr/sbin/ip";

// Runs `ip` with these words, which are all our own.
absl::Status Ip(const std::string& words) {
  const std::string command = absl::StrCat(kIp, " ", words, " >/dev/null 2>&1");
  if (std::system(command.c_str()) == 0) return absl::OkStatus();
  return absl::PermissionDeniedError(absl::StrCat("ip ", words, ": failed"));
}

std::string ClientEnd(const std::string& space) { return space + "c"; }
std::string ServerEnd(const std::string& space) { return space + "s"; }

}  // namespace

absl::StatusOr<std::unique_ptr<Link>> Link::Make() {
  if (!Ip("-V").ok()) return absl::UnavailableError("there is no /usr/sbin/ip: install iproute2");
  static std::atomic<int> count = 0;
  // Names of interfaces have 15 characters at most, and processes that run at a time differ in
  // their ids; so does the subnet, of 127 x 256 x 64.
  const int id = getpid() * 16 + count++ % 16;
  const std::string space = absl::StrCat("ev", id);
  const std::string net = absl::StrCat("10.", 128 + id / (256 * 64) % 127, ".", id / 64 % 256, ".");
  const int host = id % 64 * 4;
  std::unique_ptr<Link> link(new Link(space, absl::StrCat(net, host + 1)));
  const std::string client = ClientEnd(space), server = ServerEnd(space);
  EVOKE_RETURN_IF_ERROR(Ip("netns add " + space));
  EVOKE_RETURN_IF_ERROR(
      Ip(absl::StrCat("link add ", server, " type veth peer name ", client, " netns ", space)));
  EVOKE_RETURN_IF_ERROR(Ip(absl::StrCat("addr add ", net, host + 1, "/30 dev ", server)));
  EVOKE_RETURN_IF_ERROR(Ip(absl::StrCat("link set ", server, " up")));
  EVOKE_RETURN_IF_ERROR(
      Ip(absl::StrCat("-n ", space, " addr add ", net, host + 2, "/30 dev ", client)));
  EVOKE_RETURN_IF_ERROR(link->Up());
  return link;
}

Link::~Link() {
  (void)Ip("link del " + ServerEnd(space_));
  (void)Ip("netns del " + space_);
}

std::vector<std::string> Link::client_prefix() const { return {kIp, "netns", "exec", space_}; }

absl::Status Link::Down() {
  return Ip(absl::StrCat("-n ", space_, " link set ", ClientEnd(space_), " down"));
}

absl::Status Link::Up() {
  return Ip(absl::StrCat("-n ", space_, " link set ", ClientEnd(space_), " up"));
}

}  // namespace evoke
