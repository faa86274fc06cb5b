// Who calls, and as what.
#ifndef EVOKE_SERVER_SERVICE_IDENTITY_H_
#define EVOKE_SERVER_SERVICE_IDENTITY_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace evoke {

// Bits, so that a set of roles is their sum.
enum Role : unsigned { kOperator = 1, kDisplay = 2, kBackend = 4, kObserver = 8 };
inline constexpr unsigned kAnyRole = kOperator | kDisplay | kBackend | kObserver;

std::string RoleName(Role role);
// "operator" or "display"; "display, backend or observer".
std::string RoleNames(unsigned roles);
// INVALID_ARGUMENT, naming the roles there are.
absl::StatusOr<Role> ParseRole(absl::string_view text);

// The name is the {client} of clients/{client} wherever the caller speaks as a client.
struct Identity {
  Role role;
  std::string name;
};

// A name as in ValidateId(). INVALID_ARGUMENT.
absl::StatusOr<Identity> MakeIdentity(absl::string_view role, absl::string_view name);

// Of a client's certificate: role = the one OU of its subject, name = the one CN. INVALID_ARGUMENT.
absl::StatusOr<Identity> IdentityOfCertificate(absl::string_view pem);

}  // namespace evoke

#endif  // EVOKE_SERVER_SERVICE_IDENTITY_H_
