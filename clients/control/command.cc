#include "clients/control/command.h"

#include "absl/strings/cord.h"
#include "google/protobuf/util/json_util.h"

namespace evoke {
namespace {

constexpr char kUsagePayload[] = "evoke/usage";

}  // namespace

void PrintJson(const google::protobuf::Message& message, std::ostream& out) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  // Fails for malformed Any messages only; we have none.
  (void)google::protobuf::util::MessageToJsonString(message, &json, options);
  out << json << "\n" << std::flush;
}

absl::Status UsageError(const absl::Status& status) {
  absl::Status usage = status;
  usage.SetPayload(kUsagePayload, absl::Cord("1"));
  return usage;
}

bool IsUsageError(const absl::Status& status) {
  return status.GetPayload(kUsagePayload).has_value();
}

}  // namespace evoke
