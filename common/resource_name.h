// Resource names, parsed and made in one place: experiments/{experiment},
// experiments/{experiment}/trials/{n}, experiments/{experiment}/stimuli/{stimulus},
// clients/{client}.
#ifndef EVOKE_COMMON_RESOURCE_NAME_H_
#define EVOKE_COMMON_RESOURCE_NAME_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace evoke {

// OK for an id that a person may choose: 1 to 63 lower-case letters, digits and hyphens, starting
// with a letter or digit. `what` names the field in the message.
absl::Status ValidateId(absl::string_view what, absl::string_view id);
// OK for a plain file or folder name: letters, digits, `.`, `_`, `-`; no path, no leading dot.
absl::Status ValidatePlainName(absl::string_view what, absl::string_view name);

std::string ExperimentName(absl::string_view id);
std::string TrialName(absl::string_view experiment, int64_t number);
std::string StimulusName(absl::string_view experiment, absl::string_view id);
std::string ClientName(absl::string_view id);

// The id in `experiments/{id}` or `clients/{id}`. INVALID_ARGUMENT with the form that is expected.
absl::StatusOr<std::string> ParseExperimentName(absl::string_view name);
absl::StatusOr<std::string> ParseClientName(absl::string_view name);

struct ParsedTrialName {
  std::string experiment;  // experiments/{experiment}
  int64_t number = 0;      // from 1
};
absl::StatusOr<ParsedTrialName> ParseTrialName(absl::string_view name);

struct ParsedStimulusName {
  std::string experiment;  // experiments/{experiment}
  std::string id;
};
absl::StatusOr<ParsedStimulusName> ParseStimulusName(absl::string_view name);

}  // namespace evoke

#endif  // EVOKE_COMMON_RESOURCE_NAME_H_
