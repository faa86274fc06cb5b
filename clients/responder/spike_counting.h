// The one place where spikes, an onset and a window become counts: for rigs and simulations alike.
#ifndef EVOKE_CLIENTS_RESPONDER_SPIKE_COUNTING_H_
#define EVOKE_CLIENTS_RESPONDER_SPIKE_COUNTING_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "evoke/v1/experiment.pb.h"
#include "evoke/v1/trial.pb.h"

namespace evoke {

// [start, end) in ticks of the clock that stamped the spikes, relative to the onset: a spike at
// tick t counts if onset + start <= t < onset + end.
struct TickWindow {
  int64_t start = 0;
  int64_t end = 0;
};

// A window in ticks of a clock that runs at `ticks_per_second`: the first tick at or after each
// end.
TickWindow ToTicks(const v1::ObjectiveSpec::Window& window, double ticks_per_second);

// Spikes in the window. `spikes` in any order.
uint32_t CountSpikes(absl::Span<const int64_t> spikes, int64_t onset, TickWindow window);

// A unit's spikes around one presentation, in ticks from the onset, in any order. What ticks: a
// rig's samples, or the nanoseconds of a simulation.
struct UnitSpikes {
  std::string unit;
  std::vector<int64_t> ticks_from_onset;
};

// The response of the objective's units: counts in the latency window and, if there is one, in the
// baseline window, and the trains themselves, sorted. INVALID_ARGUMENT if a unit is missing.
absl::StatusOr<v1::Response> CountResponse(const v1::ObjectiveSpec& objective,
                                           std::vector<UnitSpikes> spikes,
                                           double ticks_per_second = 1e9);

}  // namespace evoke

#endif  // EVOKE_CLIENTS_RESPONDER_SPIKE_COUNTING_H_
