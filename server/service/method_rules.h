// The table of who may call what.
#ifndef EVOKE_SERVER_SERVICE_METHOD_RULES_H_
#define EVOKE_SERVER_SERVICE_METHOD_RULES_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "google/protobuf/message.h"
#include "server/service/identity.h"

namespace evoke {

struct MethodRule {
  absl::string_view method;  // its request is evoke.v1.{method}Request
  unsigned roles;            // who may call it
  // The field of the request that says which client speaks: it must be the caller itself.
  absl::string_view client_field;
};

// One row for each method of the API.
absl::Span<const MethodRule> MethodRules();

// OK if `caller` may make this request. PERMISSION_DENIED says which role it takes, or for whom
// the caller tried to speak; INTERNAL if the table lacks the method.
absl::Status CheckPermission(const Identity& caller, const google::protobuf::Message& request);

}  // namespace evoke

#endif  // EVOKE_SERVER_SERVICE_METHOD_RULES_H_
