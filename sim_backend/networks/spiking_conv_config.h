// The architecture of a small convolutional spiking network.
#ifndef EVOKE_SIM_BACKEND_NETWORKS_SPIKING_CONV_CONFIG_H_
#define EVOKE_SIM_BACKEND_NETWORKS_SPIKING_CONV_CONFIG_H_

#include <array>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sim_backend/networks/lif.h"
#include "sim_backend/networks/network.h"

namespace evoke {

// Layers conv1, conv2, ...: 3x3 convolution, batch norm, LIF neurons, average pooling by 2; then a
// fully connected layer to one LIF neuron per class, "class".
struct SpikingConvConfig {
  int image_size = 32;  // square; divisible by 2 to the number of convolutions
  std::vector<int> channels = {32, 64, 128};
  int classes = 10;
  int train_steps = 4;
  int steps = 50;      // of one response, unless the caller wishes otherwise
  double step_ms = 2;  // what one step stands for
  LifParameters lif;
  double norm_epsilon = 1e-5;  // of the batch norms
  // Display values / 255 are normalised by these before the first convolution.
  std::array<double, 3> mean = {0.5, 0.5, 0.5};
  std::array<double, 3> deviation = {0.25, 0.25, 0.25};

  // Side of the map of convolution `index` before pooling, and of the map that the class layer
  // reads.
  int map_size(int index) const { return image_size >> index; }
  int class_inputs() const;
  std::vector<NetworkLayer> Layers() const;

  // OK, or INVALID_ARGUMENT that names the field.
  absl::Status Validate() const;
  std::string ToJson() const;
  // INVALID_ARGUMENT if `text` is no JSON, lacks a field, or does not validate.
  static absl::StatusOr<SpikingConvConfig> FromJson(const std::string& text);
};

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_NETWORKS_SPIKING_CONV_CONFIG_H_
