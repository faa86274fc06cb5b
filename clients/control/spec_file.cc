#include "clients/control/spec_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/control/text.h"
#include "common/status_macros.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/json_util.h"
#include "nlohmann/json.hpp"

namespace evoke {
namespace {

constexpr size_t kMostErrors = 10;
// Experiment's fields that the server sets.
constexpr const char* kOutputOnly[] = {"state",        "state_reason",     "pause_cause",
                                       "create_time",  "latent_space",     "progress",
                                       "start_points", "earlier_responses"};

class ErrorList : public google::protobuf::io::ErrorCollector {
 public:
  explicit ErrorList(const std::string& source) : source_(source) {}

  // Protobuf counts from 0; -1 for an error of the whole.
  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    if (errors_.size() == kMostErrors) return;
    errors_.push_back(
        line < 0 ? absl::StrCat(source_, ": ", message)
                 : absl::StrCat(source_, ":", line + 1, ":", column + 1, ": ", Printable(message)));
  }
  std::string text() const { return absl::StrJoin(errors_, "\n"); }

 private:
  const std::string& source_;
  std::vector<std::string> errors_;
};

absl::StatusOr<v1::Experiment> ParseText(const std::string& text, const std::string& source) {
  v1::Experiment spec;
  ErrorList errors(source);
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&errors);
  if (!parser.ParseFromString(text, &spec)) return absl::InvalidArgumentError(errors.text());
  return spec;
}

// Protobuf's JSON parser gives no line: the syntax is checked first by one that does.
absl::Status CheckJsonSyntax(const std::string& text, const std::string& source) {
  try {
    [[maybe_unused]] const nlohmann::json parsed = nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& e) {
    const size_t at = std::min<size_t>(e.byte > 0 ? e.byte - 1 : 0, text.size());
    const auto line = std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(at), '\n');
    const size_t line_end = at == 0 ? std::string::npos : text.rfind('\n', at - 1);
    const size_t column = line_end == std::string::npos ? at : at - line_end - 1;
    // "[json.exception.parse_error.101] parse error at line 1, column 2: what is wrong"
    const std::string what = e.what();
    const size_t colon = what.find(": ");
    return absl::InvalidArgumentError(
        absl::StrCat(source, ":", line + 1, ":", column + 1, ": ",
                     Printable(colon == std::string::npos ? what : what.substr(colon + 2))));
  } catch (const nlohmann::json::exception& e) {  // a number that no double holds
    return absl::InvalidArgumentError(absl::StrCat(source, ": ", e.what()));
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::Experiment> ParseJson(const std::string& text, const std::string& source) {
  EVOKE_RETURN_IF_ERROR(CheckJsonSyntax(text, source));
  v1::Experiment spec;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = false;
  const auto status = google::protobuf::util::JsonStringToMessage(text, &spec, options);
  if (!status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(source, ": ", std::string(status.message().data(), status.message().size())));
  }
  return spec;
}

bool IsSet(const v1::Experiment& spec, const google::protobuf::FieldDescriptor& field) {
  const auto& reflection = *spec.GetReflection();
  return field.is_repeated() ? reflection.FieldSize(spec, &field) > 0
                             : reflection.HasField(spec, &field);
}

absl::Status RefuseOutputOnly(const v1::Experiment& spec, const std::string& source) {
  const auto* descriptor = v1::Experiment::descriptor();
  std::vector<std::string> set;
  for (const char* field : kOutputOnly) {
    if (IsSet(spec, *descriptor->FindFieldByName(field))) set.push_back(field);
  }
  if (set.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(source, ": ", absl::StrJoin(set, ", "),
                                                 ": set by the server; remove from the file"));
}

}  // namespace

absl::StatusOr<v1::Experiment> ParseSpec(const std::string& text, const std::string& source) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  const bool is_json = first != std::string::npos && text[first] == '{';
  EVOKE_ASSIGN_OR_RETURN(v1::Experiment spec,
                         is_json ? ParseJson(text, source) : ParseText(text, source));
  EVOKE_RETURN_IF_ERROR(RefuseOutputOnly(spec, source));
  return spec;
}

absl::StatusOr<v1::Experiment> ReadSpec(const std::string& path, std::istream& input) {
  if (path == "-") {
    return ParseSpec({std::istreambuf_iterator<char>(input), {}}, "standard input");
  }
  std::ifstream file(path, std::ios::binary);
  std::string text;
  if (file) text.assign(std::istreambuf_iterator<char>(file), {});
  if (!file || file.bad()) {
    return absl::NotFoundError(absl::StrCat("can't read ", path, ": ", std::strerror(errno)));
  }
  return ParseSpec(text, path);
}

std::string SpecText(const v1::Experiment& experiment) {
  v1::Experiment spec = experiment;
  const auto* descriptor = v1::Experiment::descriptor();
  spec.clear_name();
  for (const char* field : kOutputOnly) {
    spec.GetReflection()->ClearField(&spec, descriptor->FindFieldByName(field));
  }
  std::string text;
  google::protobuf::TextFormat::Printer printer;
  printer.SetUseUtf8StringEscaping(true);
  printer.PrintToString(spec, &text);
  return text;
}

}  // namespace evoke
