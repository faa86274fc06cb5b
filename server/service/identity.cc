#include "server/service/identity.h"

#include "absl/strings/str_cat.h"
#include "common/certificate.h"
#include "common/resource_name.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

constexpr Role kRoles[] = {kOperator, kDisplay, kBackend, kObserver};

}  // namespace

std::string RoleName(Role role) {
  switch (role) {
    case kOperator:
      return "operator";
    case kDisplay:
      return "display";
    case kBackend:
      return "backend";
    case kObserver:
      return "observer";
  }
  return "";
}

std::string RoleNames(unsigned roles) {
  std::string text;
  for (const Role role : kRoles) {
    if ((roles & role) == 0) continue;
    roles &= ~static_cast<unsigned>(role);
    absl::StrAppend(&text, text.empty() ? "" : roles == 0 ? " or " : ", ", RoleName(role));
  }
  return text;
}

absl::StatusOr<Role> ParseRole(absl::string_view text) {
  for (const Role role : kRoles) {
    if (text == RoleName(role)) return role;
  }
  return absl::InvalidArgumentError(absl::StrCat("role: must be ", RoleNames(kAnyRole)));
}

absl::StatusOr<Identity> MakeIdentity(absl::string_view role, absl::string_view name) {
  EVOKE_ASSIGN_OR_RETURN(const Role parsed, ParseRole(role));
  EVOKE_RETURN_IF_ERROR(ValidateId("name", name));
  return Identity{parsed, std::string(name)};
}

absl::StatusOr<Identity> IdentityOfCertificate(absl::string_view pem) {
  EVOKE_ASSIGN_OR_RETURN(const Certificate certificate, ParseCertificate(pem));
  if (certificate.units.size() != 1 || certificate.common_names.size() != 1) {
    return absl::InvalidArgumentError("subject: needs one OU (the role) and one CN (the name)");
  }
  return MakeIdentity(certificate.units[0], certificate.common_names[0]);
}

}  // namespace evoke
