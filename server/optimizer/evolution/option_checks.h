// The checks that the methods of the subfolders have in common.
#ifndef EVOKE_SERVER_OPTIMIZER_EVOLUTION_OPTION_CHECKS_H_
#define EVOKE_SERVER_OPTIMIZER_EVOLUTION_OPTION_CHECKS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/latent/latent_space.h"

namespace evoke {

// OK, or INVALID_ARGUMENT naming the field ("genetic.conserve") if `value` is not in [low, high].
// A value that is no number is in no range.
absl::Status CheckOption(absl::string_view field, double value, double low, double high);

// OK if all dimensions are of that kind; else INVALID_ARGUMENT naming the first that is not.
absl::Status RequireContinuous(absl::string_view method, const LatentSpace& space);
absl::Status RequireCategorical(absl::string_view method, const LatentSpace& space);

}  // namespace evoke

#endif  // EVOKE_SERVER_OPTIMIZER_EVOLUTION_OPTION_CHECKS_H_
