#include "tests/bench/display/state_file.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace evoke {

std::string FormatValues(const PartValues& values) {
  return absl::StrJoin(values, "\t", [](std::string* out, const auto& value) {
    absl::StrAppendFormat(out, "%s=%.9g", value.first, value.second);
  });
}

std::optional<PartValues> ParseValues(const std::string& text) {
  PartValues values;
  for (const absl::string_view item : absl::StrSplit(text, '\t')) {
    const std::pair<std::string, std::string> pair = absl::StrSplit(item, absl::MaxSplits('=', 1));
    double value = 0;
    if (!absl::SimpleAtod(pair.second, &value)) return std::nullopt;
    values.emplace_back(pair.first, value);
  }
  return values;
}

absl::StatusOr<StateFile> StateFile::Open(const std::string& path) {
  StateFile state(path);
  std::string text;
  if (std::ifstream file(path, std::ios::binary); file) {
    text.assign(std::istreambuf_iterator<char>(file), {});
  }
  std::vector<std::string> lines = absl::StrSplit(text, '\n');
  if (!lines.back().empty()) {
    std::error_code ignored;
    std::filesystem::resize_file(path, text.size() - lines.back().size(), ignored);
  }
  lines.pop_back();
  for (const std::string& line : lines) {
    const std::pair<std::string, std::string> pair = absl::StrSplit(line, absl::MaxSplits('\t', 1));
    if (std::optional<PartValues> values = ParseValues(pair.second)) {
      state.parts_[pair.first] = *std::move(values);
    }
  }
  if (std::ofstream file(path, std::ios::app); !file) {
    return absl::UnavailableError(
        absl::StrCat("cannot write ", path, ": name another file with --state"));
  }
  return state;
}

std::optional<PartValues> StateFile::Find(const std::string& key) const {
  const auto found = parts_.find(key);
  if (found == parts_.end()) return std::nullopt;
  return found->second;
}

absl::Status StateFile::Add(const std::string& key, const PartValues& values) {
  parts_[key] = values;
  std::ofstream file(path_, std::ios::app);
  file << key << '\t' << FormatValues(values) << '\n';
  if (!file.flush()) return absl::UnavailableError(absl::StrCat("cannot write ", path_));
  return absl::OkStatus();
}

}  // namespace evoke
