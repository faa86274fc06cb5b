// What an operator may ask for: checks, defaults, and the translation into the optimizer's terms.
#ifndef EVOKE_SERVER_EXPERIMENT_SPEC_H_
#define EVOKE_SERVER_EXPERIMENT_SPEC_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "evoke/v1/experiment.pb.h"
#include "server/latent/latent_proto.h"

namespace evoke {

// OK, or INVALID_ARGUMENT naming the field and what to write instead. Does not look at models,
// reference sets or units: those are checked where they live.
absl::Status ValidateSpec(const v1::Experiment& spec);

// A valid spec with every optional field filled in with its default.
v1::Experiment WithDefaults(v1::Experiment spec);

absl::Duration FromProto(const google::protobuf::Duration& duration);
google::protobuf::Duration ToProto(absl::Duration duration);
google::protobuf::Timestamp ToProto(absl::Time time);

}  // namespace evoke

#endif  // EVOKE_SERVER_EXPERIMENT_SPEC_H_
