#include "clients/control/names.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "clients/control/text.h"
#include "common/resource_name.h"

namespace evoke {

absl::StatusOr<std::string> FullExperimentName(const std::string& name) {
  if (ParseExperimentName(name).ok()) return name;
  if (std::string full = ExperimentName(name); ParseExperimentName(full).ok()) return full;
  return absl::InvalidArgumentError(
      absl::StrCat("\"", Printable(name),
                   "\" is no experiment's name: write it like demo or "
                   "experiments/demo (lower-case letters, digits and hyphens)"));
}

absl::StatusOr<std::string> FullStimulusName(const std::string& name) {
  if (ParseStimulusName(name).ok()) return name;
  const std::vector<std::string> parts = absl::StrSplit(name, '/');
  if (parts.size() == 2) {
    std::string full = StimulusName(ExperimentName(parts[0]), parts[1]);
    if (ParseStimulusName(full).ok()) return full;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "\"", Printable(name),
      "\" is no stimulus' name: write it like demo/12 or experiments/demo/stimuli/12"));
}

std::string LastPart(const std::string& name) { return name.substr(name.rfind('/') + 1); }

}  // namespace evoke
