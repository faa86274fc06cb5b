// Chooses how fast the units of a rectified network fire.
#ifndef EVOKE_SIM_BACKEND_TRAINING_RATE_GAINS_H_
#define EVOKE_SIM_BACKEND_TRAINING_RATE_GAINS_H_

#include <string>

#include "absl/status/statusor.h"
#include "sim_backend/training/image_set.h"

namespace evoke {

// Spikes/s of the 99th percentile over images and units of a layer.
inline constexpr double kFastRate = 100;

// The entry kRatesMetadata (sim_backend/networks/layered_weights.h) for the rectified network in
// the weights file `path`, which has none yet: in each layer, the 99th percentile over units and
// the first images becomes kFastRate, of single positions and of channels' means alike. (XDream's
// in silico neurons are scaled before their noise, too: Xiao & Kreiman, PLoS Comput Biol 2020.)
absl::StatusOr<std::string> MeasureRates(const std::string& path, const ImageSet& images);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_TRAINING_RATE_GAINS_H_
