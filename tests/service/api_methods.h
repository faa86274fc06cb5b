// Every method of the API, found by its descriptors, and a request for each.
#ifndef EVOKE_TESTS_SERVICE_API_METHODS_H_
#define EVOKE_TESTS_SERVICE_API_METHODS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "evoke/v1/client_service.pb.h"
#include "evoke/v1/display_service.pb.h"
#include "evoke/v1/experiment_service.pb.h"
#include "evoke/v1/response_service.pb.h"
#include "google/protobuf/descriptor.h"
#include "server/service/method_rules.h"

namespace evoke {

using Method = const google::protobuf::MethodDescriptor*;

inline std::vector<Method> ApiMethods() {
  std::vector<Method> methods;
  for (const google::protobuf::Descriptor* any :
       {v1::HeartbeatRequest::descriptor(), v1::StreamTrialsRequest::descriptor(),
        v1::GetExperimentRequest::descriptor(), v1::ReportResponseRequest::descriptor()}) {
    for (int s = 0; s < any->file()->service_count(); ++s) {
      const google::protobuf::ServiceDescriptor* service = any->file()->service(s);
      for (int m = 0; m < service->method_count(); ++m) methods.push_back(service->method(m));
    }
  }
  return methods;
}

inline const MethodRule* RuleOf(Method method) {
  for (const MethodRule& rule : MethodRules()) {
    if (rule.method == method->name()) return &rule;
  }
  return nullptr;
}

// A request in which `client` speaks, as far as the method has clients; nothing else is in it, so
// that the call changes nothing.
inline std::unique_ptr<google::protobuf::Message> RequestFrom(Method method,
                                                              const std::string& client) {
  std::unique_ptr<google::protobuf::Message> request(
      google::protobuf::MessageFactory::generated_factory()
          ->GetPrototype(method->input_type())
          ->New());
  const MethodRule* const rule = RuleOf(method);
  if (rule == nullptr || rule->client_field.empty()) return request;
  google::protobuf::Message* message = request.get();
  const std::vector<std::string> path = absl::StrSplit(rule->client_field, '.');
  for (size_t i = 0; i < path.size(); ++i) {
    const auto* field = message->GetDescriptor()->FindFieldByName(path[i]);
    if (i + 1 == path.size()) {
      message->GetReflection()->SetString(message, field, client);
    } else {
      message = message->GetReflection()->MutableMessage(message, field);
    }
  }
  return request;
}

}  // namespace evoke

#endif  // EVOKE_TESTS_SERVICE_API_METHODS_H_
