// What a weights file of kind "layered_network" holds besides its arrays.
#ifndef EVOKE_SIM_BACKEND_NETWORKS_LAYERED_WEIGHTS_H_
#define EVOKE_SIM_BACKEND_NETWORKS_LAYERED_WEIGHTS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/weights_file.h"
#include "sim_backend/networks/architecture.h"

namespace evoke {

// Spikes/s of a rectified unit whose activation is 1, of a layer's single positions and of its
// channels' means over all positions. Activations have arbitrary scales, neurons do not.
struct RateGain {
  double position = 1;
  double pooled = 1;
  friend bool operator==(const RateGain&, const RateGain&) = default;
};

// The metadata entry "evoke.rates": {"conv1": [position, pooled], ...}.
inline constexpr char kRatesMetadata[] = "evoke.rates";
std::string RatesToJson(const Architecture& architecture, const std::vector<RateGain>& gains);

// INVALID_ARGUMENT if the file holds another kind of model. DATA_LOSS, naming what the file has and
// what the architecture asks for, if an array is missing, has another shape or belongs to no layer,
// or if a norm's variance is not positive. (ReadWeights refuses values that are not finite.)
absl::StatusOr<Architecture> ReadLayeredNetwork(const WeightsFile& file);

// The entry of each layer, 1 spike/s everywhere if the file has none. DATA_LOSS if it is malformed,
// or if a gain is no positive number.
absl::StatusOr<std::vector<RateGain>> ReadRates(const WeightsFile& file,
                                                const Architecture& architecture);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_NETWORKS_LAYERED_WEIGHTS_H_
