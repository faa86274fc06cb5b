// A client that misbehaves: reports twice, too late, for others' leases, contradictions, nonsense.
#ifndef EVOKE_TESTS_FAULT_ROGUE_H_
#define EVOKE_TESTS_FAULT_ROGUE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "common/random.h"
#include "evoke/v1/event.pb.h"

namespace evoke {

// Each sends a few reports to the server; INTERNAL names the first that it should not have taken.
// `events`: the experiment so far.

// Reports that others have made, again, of attempts that are over, never were, or are somebody
// else's; and contradictions to what is recorded.
absl::Status SendForeignReports(const std::string& server_address,
                                absl::Span<const v1::ExperimentEvent> events, Rng& rng);

// Messages that make no sense: wild names and numbers, random bytes instead of messages, and random
// bytes and other protocols instead of gRPC.
absl::Status SendGarbage(const std::string& server_address,
                         absl::Span<const v1::ExperimentEvent> events, Rng& rng);

}  // namespace evoke

#endif  // EVOKE_TESTS_FAULT_ROGUE_H_
