// A network by its definition, for tests: loops over neurons in double precision, no libraries.
#ifndef EVOKE_TESTS_NETWORKS_NAIVE_NETWORK_H_
#define EVOKE_TESTS_NETWORKS_NAIVE_NETWORK_H_

#include <vector>

#include "common/image.h"
#include "common/weights_file.h"
#include "sim_backend/networks/architecture.h"

namespace evoke {

// [layer][step][channel][row][col]: spikes, or activations (the same in every step).
using LayerOutputs = std::vector<std::vector<std::vector<double>>>;
LayerOutputs RunNaively(const Architecture& architecture, const WeightsFile& file,
                        const Image& image);

}  // namespace evoke

#endif  // EVOKE_TESTS_NETWORKS_NAIVE_NETWORK_H_
