#include "server/ledger/sqlite_columns.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"

namespace evoke {
namespace {

std::string EnumText(const std::string& name, absl::string_view prefix, int number) {
  if (name.empty()) return absl::StrCat(number);
  return std::string(absl::StripPrefix(name, prefix));
}

// The name of the field that is set in the message's only oneof.
std::string OneofText(const google::protobuf::Message& message) {
  const auto* field = message.GetReflection()->GetOneofFieldDescriptor(
      message, message.GetDescriptor()->oneof_decl(0));
  return field == nullptr ? "" : field->name();
}

template <typename Values, typename Formatter>
std::string Array(const Values& values, Formatter format) {
  return absl::StrCat("[", absl::StrJoin(values, ",", format), "]");
}

void AppendJsonString(std::string* out, const std::string& text) {
  out->push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      absl::StrAppend(out, "\\", std::string(1, c));
    } else if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppendFormat(out, "\\u%04x", c);
    } else {
      out->push_back(c);
    }
  }
  out->push_back('"');
}

}  // namespace

std::string TimeText(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ",
                          absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos()),
                          absl::UTCTimeZone());
}

std::string StateText(v1::Experiment::State state) {
  return EnumText(v1::Experiment::State_Name(state), "STATE_", state);
}

std::string StateText(v1::Trial::State state) {
  return EnumText(v1::Trial::State_Name(state), "STATE_", state);
}

std::string KindText(v1::Trial::Kind kind) {
  return EnumText(v1::Trial::Kind_Name(kind), "KIND_", kind);
}

std::string KindText(const v1::ExperimentEvent& event) { return OneofText(event); }

std::string SourceText(const v1::Stimulus& stimulus) { return OneofText(stimulus); }

std::string JsonText(const google::protobuf::RepeatedPtrField<std::string>& values) {
  return Array(values, AppendJsonString);
}

std::string JsonText(const google::protobuf::RepeatedField<uint32_t>& values) {
  return Array(values, absl::AlphaNumFormatter());
}

std::string JsonText(const google::protobuf::RepeatedField<double>& values) {
  return Array(values, [](std::string* out, double value) {
    if (std::isfinite(value)) {
      absl::StrAppendFormat(out, "%.17g", value);
    } else {
      absl::StrAppend(out, "null");
    }
  });
}

std::string IdText(const std::string& name) { return name.substr(name.rfind('/') + 1); }

}  // namespace evoke
