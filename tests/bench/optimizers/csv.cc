#include "tests/bench/optimizers/csv.h"

#include "absl/strings/str_cat.h"

namespace evoke {

std::string CsvField(const std::string& text) {
  return text.find(',') == std::string::npos ? text : absl::StrCat("\"", text, "\"");
}

std::vector<std::string> CsvFields(const std::string& line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  return fields;
}

}  // namespace evoke
