// The constraints of images as an operator writes them, in the terms of those who apply them.
#ifndef EVOKE_SERVER_EXPERIMENT_CONSTRAINTS_SPEC_H_
#define EVOKE_SERVER_EXPERIMENT_CONSTRAINTS_SPEC_H_

#include "absl/status/statusor.h"
#include "evoke/v1/experiment.pb.h"
#include "server/generator/image_constraints.h"

namespace evoke {

// What the images of a specification have in common; outside a mask they are the presentation's
// background. The values are checked: INVALID_ARGUMENT names the field.
absl::StatusOr<ImageConstraints> ImageConstraintsOf(const v1::PresentationSpec& spec);

}  // namespace evoke

#endif  // EVOKE_SERVER_EXPERIMENT_CONSTRAINTS_SPEC_H_
