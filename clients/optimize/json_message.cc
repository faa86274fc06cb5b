#include "clients/optimize/json_message.h"

#include <algorithm>
#include <cctype>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status_macros.h"
#include "google/protobuf/util/json_util.h"

namespace evoke {
namespace {

using nlohmann::json;

bool IsWordPart(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

std::string WithNullForNan(const std::string& line) {
  std::string out;
  bool in_text = false;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (in_text && c == '\\' && i + 1 < line.size()) {
      out += c;
      out += line[++i];
      continue;
    }
    if (c == '"') in_text = !in_text;
    const bool word = line.compare(i, 3, "NaN") == 0 && (i == 0 || !IsWordPart(line[i - 1])) &&
                      (i + 3 == line.size() || !IsWordPart(line[i + 3]));
    if (!in_text && word) {
      out += "null";
      i += 2;
    } else {
      out += c;
    }
  }
  return out;
}

// The list in the field.
absl::StatusOr<const json*> ListField(const json& message, const char* field) {
  const auto found = message.find(field);
  if (found == message.end()) {
    return absl::InvalidArgumentError(absl::StrCat(field, ": missing"));
  }
  if (!found->is_array()) {
    return absl::InvalidArgumentError(absl::StrCat(field, ": needs a list"));
  }
  return &*found;
}

}  // namespace

absl::StatusOr<json> ParseMessage(const std::string& line) {
  try {
    json message = json::parse(WithNullForNan(line));
    if (message.is_object()) return message;
  } catch (const json::exception& e) {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: what is wrong"
    const std::string what = e.what();
    const size_t end = what.find("] ");
    return absl::InvalidArgumentError(
        absl::StrCat("not JSON: ", end == std::string::npos ? what : what.substr(end + 2)));
  }
  return absl::InvalidArgumentError("a message is a JSON object: {\"command\": \"ask\"}");
}

absl::Status CheckFields(const json& message, std::initializer_list<const char*> allowed) {
  for (const auto& [name, value] : message.items()) {
    if (std::find(allowed.begin(), allowed.end(), name) == allowed.end()) {
      return absl::InvalidArgumentError(
          absl::StrCat(name, ": no such field; there are ", absl::StrJoin(allowed, ", ")));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> TextField(const json& message, const char* field) {
  const auto found = message.find(field);
  if (found == message.end()) return std::string();
  if (!found->is_string()) {
    return absl::InvalidArgumentError(absl::StrCat(field, ": needs a text"));
  }
  return found->get<std::string>();
}

absl::StatusOr<std::vector<double>> NumbersField(const json& message, const char* field,
                                                 double null_as) {
  EVOKE_ASSIGN_OR_RETURN(const json* const list, ListField(message, field));
  std::vector<double> numbers;
  for (size_t i = 0; i < list->size(); ++i) {
    const json& value = (*list)[i];
    if (!value.is_number() && !value.is_null()) {
      return absl::InvalidArgumentError(
          absl::StrCat(field, "[", i, "]: needs a number, or null for a lost candidate"));
    }
    numbers.push_back(value.is_null() ? null_as : value.get<double>());
  }
  return numbers;
}

absl::StatusOr<std::vector<LatentPoint>> PointsField(const json& message, const char* field) {
  EVOKE_ASSIGN_OR_RETURN(const json* const list, ListField(message, field));
  std::vector<LatentPoint> points;
  for (size_t i = 0; i < list->size(); ++i) {
    const json& point = (*list)[i];
    if (!point.is_array() ||
        !std::all_of(point.begin(), point.end(), [](const json& v) { return v.is_number(); })) {
      return absl::InvalidArgumentError(
          absl::StrCat(field, "[", i, "]: needs a list of numbers, one for each dimension"));
    }
    points.push_back(point.get<LatentPoint>());
  }
  return points;
}

absl::Status ProtoField(const json& message, const char* field, google::protobuf::Message* proto) {
  const json& value = message.at(field);
  if (!value.is_object()) {
    return absl::InvalidArgumentError(absl::StrCat(field, ": needs an object"));
  }
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = false;
  const auto status = google::protobuf::util::JsonStringToMessage(value.dump(), proto, options);
  if (status.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(field, ": ", std::string(status.message().data(), status.message().size())));
}

}  // namespace evoke
