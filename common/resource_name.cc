#include "common/resource_name.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

// What a message shows of a name that may be hostile.
std::string Shown(absl::string_view text) {
  std::string shown(text.substr(0, 80));
  for (char& c : shown) {
    if (!absl::ascii_isprint(c)) c = '?';
  }
  return absl::StrCat("\"", shown, text.size() > 80 ? "...\"" : "\"");
}

absl::Status WrongForm(absl::string_view name, absl::string_view form) {
  return absl::InvalidArgumentError(absl::StrFormat("name %s: expected %s", Shown(name), form));
}

}  // namespace

absl::Status ValidateId(absl::string_view what, absl::string_view id) {
  const bool chars_ok = std::all_of(id.begin(), id.end(), [](unsigned char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
  });
  if (id.empty() || id.size() > 63 || !chars_ok || id.front() == '-') {
    return absl::InvalidArgumentError(absl::StrFormat(
        "%s %s: use 1 to 63 lower-case letters, digits and hyphens, not starting with a hyphen",
        what, Shown(id)));
  }
  return absl::OkStatus();
}

absl::Status ValidatePlainName(absl::string_view what, absl::string_view name) {
  const bool chars_ok = std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
  });
  if (name.empty() || name.size() > 127 || !chars_ok || name.front() == '.') {
    return absl::InvalidArgumentError(absl::StrFormat(
        "%s %s: use a plain name of letters, digits, '.', '_' and '-', without a path", what,
        Shown(name)));
  }
  return absl::OkStatus();
}

std::string ExperimentName(absl::string_view id) { return absl::StrCat("experiments/", id); }
std::string TrialName(absl::string_view experiment, int64_t number) {
  return absl::StrCat(experiment, "/trials/", number);
}
std::string StimulusName(absl::string_view experiment, absl::string_view id) {
  return absl::StrCat(experiment, "/stimuli/", id);
}
std::string ClientName(absl::string_view id) { return absl::StrCat("clients/", id); }

absl::StatusOr<std::string> ParseExperimentName(absl::string_view name) {
  const std::vector<absl::string_view> parts = absl::StrSplit(name, '/');
  if (parts.size() != 2 || parts[0] != "experiments" || !ValidateId("", parts[1]).ok()) {
    return WrongForm(name, "experiments/{experiment}");
  }
  return std::string(parts[1]);
}

absl::StatusOr<std::string> ParseClientName(absl::string_view name) {
  const std::vector<absl::string_view> parts = absl::StrSplit(name, '/');
  if (parts.size() != 2 || parts[0] != "clients" || !ValidateId("", parts[1]).ok()) {
    return WrongForm(name, "clients/{client}");
  }
  return std::string(parts[1]);
}

absl::StatusOr<ParsedTrialName> ParseTrialName(absl::string_view name) {
  const std::vector<absl::string_view> parts = absl::StrSplit(name, '/');
  ParsedTrialName parsed;
  if (parts.size() != 4 || parts[0] != "experiments" || parts[2] != "trials" ||
      !ValidateId("", parts[1]).ok() || !absl::SimpleAtoi(parts[3], &parsed.number) ||
      parsed.number < 1 || TrialName(ExperimentName(parts[1]), parsed.number) != name) {
    return WrongForm(name, "experiments/{experiment}/trials/{number}");
  }
  parsed.experiment = ExperimentName(parts[1]);
  return parsed;
}

absl::StatusOr<ParsedStimulusName> ParseStimulusName(absl::string_view name) {
  const std::vector<absl::string_view> parts = absl::StrSplit(name, '/');
  if (parts.size() != 4 || parts[0] != "experiments" || parts[2] != "stimuli" ||
      !ValidateId("", parts[1]).ok() || !ValidatePlainName("", parts[3]).ok()) {
    return WrongForm(name, "experiments/{experiment}/stimuli/{stimulus}");
  }
  return ParsedStimulusName{ExperimentName(parts[1]), std::string(parts[3])};
}

}  // namespace evoke
