#include "server/service/request_check.h"

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "google/protobuf/descriptor.h"
#include "server/experiment/limits.h"

namespace evoke {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

absl::Status Bad(const std::string& field, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", what));
}

absl::Status CheckDouble(const std::string& field, double value) {
  return std::isfinite(value) ? absl::OkStatus() : Bad(field, "not a number");
}

absl::Status CheckInteger(const std::string& field, int64_t value) {
  if (!absl::StrContains(field, "nanos") || (value >= -kMaxNanos && value <= kMaxNanos)) {
    return absl::OkStatus();
  }
  return Bad(field, absl::StrCat(value, "; allowed are -2^61 to 2^61"));
}

absl::Status CheckText(const std::string& field, const std::string& value) {
  if (value.size() <= kMaxText) return absl::OkStatus();
  return Bad(field, absl::StrCat(value.size(), " bytes; at most ", kMaxText));
}

absl::Status CheckMessage(const std::string& path, const Message& message);

absl::Status CheckOne(const std::string& path, const Message& message,
                      const FieldDescriptor* field) {
  const Reflection* const values = message.GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return CheckDouble(path, values->GetDouble(message, field));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return CheckDouble(path, values->GetFloat(message, field));
    case FieldDescriptor::CPPTYPE_INT64:
      return CheckInteger(path, values->GetInt64(message, field));
    case FieldDescriptor::CPPTYPE_STRING:
      return CheckText(path, values->GetString(message, field));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return CheckMessage(path + ".", values->GetMessage(message, field));
    default:
      return absl::OkStatus();
  }
}

absl::Status CheckRepeated(const std::string& path, const Message& message,
                           const FieldDescriptor* field) {
  const Reflection* const values = message.GetReflection();
  const int count = values->FieldSize(message, field);
  if (count > kMaxElements) {
    return Bad(path, absl::StrCat(count, " of them; at most ", kMaxElements));
  }
  for (int i = 0; i < count; ++i) {
    absl::Status status;
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_DOUBLE:
        status = CheckDouble(path, values->GetRepeatedDouble(message, field, i));
        break;
      case FieldDescriptor::CPPTYPE_FLOAT:
        status = CheckDouble(path, values->GetRepeatedFloat(message, field, i));
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        status = CheckInteger(path, values->GetRepeatedInt64(message, field, i));
        break;
      case FieldDescriptor::CPPTYPE_STRING:
        status = CheckText(path, values->GetRepeatedString(message, field, i));
        break;
      case FieldDescriptor::CPPTYPE_MESSAGE:
        status = CheckMessage(path + ".", values->GetRepeatedMessage(message, field, i));
        break;
      default:
        return absl::OkStatus();
    }
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status CheckMessage(const std::string& path, const Message& message) {
  std::vector<const FieldDescriptor*> set;
  message.GetReflection()->ListFields(message, &set);
  for (const FieldDescriptor* field : set) {
    const std::string name = path + field->name();
    EVOKE_RETURN_IF_ERROR(field->is_repeated() ? CheckRepeated(name, message, field)
                                               : CheckOne(name, message, field));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckRequest(const Message& request) { return CheckMessage("", request); }

}  // namespace evoke
