// Images shown to simulated neurons again and again, for rasters and PSTHs.
#ifndef EVOKE_SIM_BACKEND_ANALYSIS_SPIKE_RASTERS_H_
#define EVOKE_SIM_BACKEND_ANALYSIS_SPIKE_RASTERS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/figure/raster.h"
#include "common/image.h"
#include "sim_backend/analysis/unit_list.h"
#include "sim_backend/backend/simulated_neurons.h"

namespace evoke {

// One panel for each unit: a train for each presentation, all repeats of the first image first. The
// spikes are those that an experiment with this seed would get for its stimuli 1, 2, ...; see
// SimulatedNeurons. Errors of the network.
absl::StatusOr<std::vector<RasterPanel>> ShowRepeatedly(SimulatedNeurons& neurons,
                                                        absl::Span<const Image> images,
                                                        absl::Span<const NamedUnit> units,
                                                        int repeats, uint64_t seed);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_ANALYSIS_SPIKE_RASTERS_H_
