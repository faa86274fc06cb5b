#include "server/service/method_rules.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/resource_name.h"
#include "common/status_macros.h"
#include "evoke/v1/client_service.pb.h"
#include "google/protobuf/descriptor.h"

namespace evoke {
namespace {

constexpr unsigned kClients = kDisplay | kBackend | kObserver;

constexpr MethodRule kRules[] = {
    // Operators steer; everybody may look.
    {"CreateExperiment", kOperator, ""},
    {"StopExperiment", kOperator, ""},
    {"PauseExperiment", kOperator, ""},
    {"ResumeExperiment", kOperator, ""},
    {"AddComment", kOperator, ""},
    // Loses no more than one showing, and what watches the animal runs beside a rig or a display.
    {"AbortStimulus", kOperator | kDisplay | kBackend, ""},
    {"GetExperiment", kAnyRole, ""},
    {"ListExperiments", kAnyRole, ""},
    {"WatchExperiment", kAnyRole, ""},
    {"ListTrials", kAnyRole, ""},
    {"GetStimulus", kAnyRole, ""},
    {"ListClients", kAnyRole, ""},
    // Clients speak for themselves.
    {"RegisterClient", kClients, "client.name"},
    {"Heartbeat", kClients, "client"},
    {"StreamTrials", kDisplay, "display"},
    {"ReportPresentation", kDisplay, "presentation.display"},
    {"StreamPresentations", kBackend | kObserver, "backend"},
    {"ReportResponse", kBackend, "response.backend"},
};

const MethodRule* FindRule(absl::string_view request) {
  if (!absl::ConsumeSuffix(&request, "Request")) return nullptr;
  for (const MethodRule& rule : kRules) {
    if (request == rule.method) return &rule;
  }
  return nullptr;
}

// The text at a dotted path; empty if a message on the way is not set.
std::string TextAt(const google::protobuf::Message& request, absl::string_view path) {
  const google::protobuf::Message* message = &request;
  const std::vector<std::string> names = absl::StrSplit(path, '.');
  for (const std::string& name : names) {
    const google::protobuf::FieldDescriptor* field =
        message->GetDescriptor()->FindFieldByName(name);
    if (&name == &names.back()) return message->GetReflection()->GetString(*message, field);
    message = &message->GetReflection()->GetMessage(*message, field);
  }
  return "";
}

// What it takes to register as this. 0 if the client does not say what it is.
unsigned RoleOf(const v1::Client& client) {
  switch (client.role_case()) {
    case v1::Client::kDisplay:
      return kDisplay;
    case v1::Client::kBackend:
      return kBackend;
    case v1::Client::kObserver:
      return kObserver;
    default:
      return 0;
  }
}

absl::Status Needs(absl::string_view what, unsigned roles, const Identity& caller) {
  return absl::PermissionDeniedError(absl::StrCat(what, " needs the role ", RoleNames(roles), "; ",
                                                  caller.name, " has the role ",
                                                  RoleName(caller.role)));
}

}  // namespace

absl::Span<const MethodRule> MethodRules() { return kRules; }

absl::Status CheckPermission(const Identity& caller, const google::protobuf::Message& request) {
  const std::string& name = request.GetDescriptor()->name();
  const MethodRule* const rule = FindRule(name);
  if (rule == nullptr) {
    return absl::InternalError(absl::StrCat("nobody may send ", name, ": it has no rule"));
  }
  if ((rule->roles & caller.role) == 0) return Needs(rule->method, rule->roles, caller);
  if (rule->client_field.empty()) return absl::OkStatus();
  const std::string spoken_for = TextAt(request, rule->client_field);
  if (spoken_for != ClientName(caller.name)) {
    EVOKE_RETURN_IF_ERROR(ParseClientName(spoken_for).status());  // names what may be hostile
    return absl::PermissionDeniedError(
        absl::StrCat(rule->method, ": ", rule->client_field, " is ", spoken_for,
                     ", but the caller's certificate or token is that of ", caller.name));
  }
  if (const auto* registration = dynamic_cast<const v1::RegisterClientRequest*>(&request)) {
    const unsigned role = RoleOf(registration->client());
    if (role != 0 && role != caller.role) {
      return Needs(absl::StrCat("registering a ", RoleNames(role)), role, caller);
    }
  }
  return absl::OkStatus();
}

}  // namespace evoke
