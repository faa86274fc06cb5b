// Every kind of fault that the system has to survive, and a run with one.
#ifndef EVOKE_TESTS_FAULT_FAULTS_H_
#define EVOKE_TESTS_FAULT_FAULTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/random.h"
#include "evoke/v1/event.pb.h"
#include "tests/fault/stage.h"
#include "tests/fault/verdict.h"

namespace evoke {

struct FaultKind {
  const char* name;
  const char* what;  // for the table
  Scenery scenery;
  int most_times;  // a run has one to so many of them
  // Does it, at once, and undoes what would not end by itself. INTERNAL: the programs did something
  // that they should not. FAILED_PRECONDITION: it came to nothing, and the run does not count.
  absl::Status (*inject)(Stage&, Rng&);
};

const std::vector<FaultKind>& FaultKinds();

// One experiment without any fault: what the others are compared with.
absl::StatusOr<std::vector<v1::ExperimentEvent>> RunWhole(const StageOptions& options);

// One experiment, disturbed at moments that follow from the seed. What the programs did wrong, and
// an experiment that did not come to its end, are in the verdict's `diverged`. PERMISSION_DENIED,
// UNAVAILABLE: this machine lacks what the kind needs; FAILED_PRECONDITION: the fault came to
// nothing.
absl::StatusOr<Verdict> RunWithFault(const FaultKind& kind, uint64_t seed,
                                     const StageOptions& options,
                                     const std::vector<v1::ExperimentEvent>& whole);

}  // namespace evoke

#endif  // EVOKE_TESTS_FAULT_FAULTS_H_
