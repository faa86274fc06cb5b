// A simulated network whose units answer to images with spikes.
#ifndef EVOKE_SIM_BACKEND_NETWORKS_NETWORK_H_
#define EVOKE_SIM_BACKEND_NETWORKS_NETWORK_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/image.h"

namespace evoke {

// A layer that units can be taken from. `rows` and `cols` are 1 for the class layer.
struct NetworkLayer {
  std::string name;  // "conv2", "class"
  int channels = 0;
  int rows = 1;
  int cols = 1;
  friend bool operator==(const NetworkLayer&, const NetworkLayer&) = default;
};

// One unit: `conv2/17` is channel 17 with the spikes of all positions summed (row and col -1),
// `conv2/17@4,3` the position in row 4, column 3, `class/3` a class neuron.
struct NetworkUnit {
  int layer = 0;  // index into layers()
  int channel = 0;
  int row = -1;
  int col = -1;
  friend bool operator==(const NetworkUnit&, const NetworkUnit&) = default;
};

// Spikes of one unit per time step; a pooled unit can have several in one step.
using StepSpikes = std::vector<uint32_t>;

// Thread-safe. The same image gives the same spikes in every call and batch, on one machine.
class Network {
 public:
  virtual ~Network() = default;

  virtual const std::vector<NetworkLayer>& layers() const = 0;
  virtual int image_width() const = 0;
  virtual int image_height() const = 0;
  virtual int steps() const = 0;                     // T, of one response
  virtual absl::Duration step_duration() const = 0;  // 2 ms: T = 50 is a response of 100 ms
  virtual const std::string& weights_sha256() const = 0;

  // [image][unit] -> spikes per step. Every image starts from the resting state and is constant
  // over the steps (direct encoding). INVALID_ARGUMENT on a wrong image size or unit.
  virtual absl::StatusOr<std::vector<std::vector<StepSpikes>>> Respond(
      absl::Span<const Image> images, absl::Span<const NetworkUnit> units) const = 0;
};

// Reads `conv2/17@4,3`. NOT_FOUND if the network has no such unit; the message says what it has.
absl::StatusOr<NetworkUnit> ParseUnit(absl::Span<const NetworkLayer> layers,
                                      const std::string& name);

// Loads `model_dir`/`model`.safetensors. Errors as LoadGenerator (server/generator/generator.h).
// `steps` 0 takes the number that the file states.
absl::StatusOr<std::unique_ptr<Network>> LoadNetwork(const std::string& model_dir,
                                                     const std::string& model, int steps = 0);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_NETWORKS_NETWORK_H_
