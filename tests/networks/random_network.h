// Networks with random weights, for tests.
#ifndef EVOKE_TESTS_NETWORKS_RANDOM_NETWORK_H_
#define EVOKE_TESTS_NETWORKS_RANDOM_NETWORK_H_

#include <string>
#include <vector>

#include "common/image.h"
#include "common/weights_file.h"
#include "sim_backend/networks/architecture.h"

namespace evoke {

// Weights of `architecture`, such that its neurons fire at moderate rates in every layer. They are
// multiples of 2^-11 (as half floats are), so that sums over spikes are exact.
WeightsFile RandomWeights(const Architecture& architecture, uint64_t seed);

// Images of random gratings and noise.
std::vector<Image> RandomImages(int count, int size, uint64_t seed);

// Small ones of every family, for 16 x 16 images and 6 steps, by name.
std::vector<std::string> FamilyNames();
Architecture SmallArchitecture(const std::string& family);

}  // namespace evoke

#endif  // EVOKE_TESTS_NETWORKS_RANDOM_NETWORK_H_
