// Names as people type them: the short form everywhere, the full form too.
#ifndef EVOKE_CLIENTS_CONTROL_NAMES_H_
#define EVOKE_CLIENTS_CONTROL_NAMES_H_

#include <string>

#include "absl/status/statusor.h"

namespace evoke {

// `demo` or `experiments/demo`: experiments/demo. INVALID_ARGUMENT with both forms.
absl::StatusOr<std::string> FullExperimentName(const std::string& name);

// `demo/12` or `experiments/demo/stimuli/12`: the latter. INVALID_ARGUMENT with both forms.
absl::StatusOr<std::string> FullStimulusName(const std::string& name);

// The last part of a resource name.
std::string LastPart(const std::string& name);

}  // namespace evoke

#endif  // EVOKE_CLIENTS_CONTROL_NAMES_H_
