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

// One unit: `conv2/17` is channel 17 pooled over all positions (row and col -1), `conv2/17@4,3` the
// position in row 4, column 3, `class/3` a class neuron. A pooled unit of a spiking network fires
// the spikes of all its positions; one of a rectified network has their mean activation.
struct NetworkUnit {
  int layer = 0;  // index into layers()
  int channel = 0;
  int row = -1;
  int col = -1;
  friend bool operator==(const NetworkUnit&, const NetworkUnit&) = default;
};

// Expected spikes of one unit in each time step. Of a spiking network whole numbers, its own spikes
// (a pooled unit can have several in one step); of a rectified one its rate times the step.
using StepSpikes = std::vector<float>;

// How an image becomes a network's input over the steps.
enum class InputEncoding {
  kDirect,   // its values, in every step
  kPoisson,  // spikes: in each step, a 1 with the probability value / 255, else a 0, drawn anew for
             // every pixel and colour; normalised as values are
};

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

  // [image][unit] -> spikes per step. Every image starts from the resting state. Input that is
  // drawn (InputEncoding::kPoisson) is the same in every call. INVALID_ARGUMENT on a wrong image
  // size or unit.
  virtual absl::StatusOr<std::vector<std::vector<StepSpikes>>> Respond(
      absl::Span<const Image> images, absl::Span<const NetworkUnit> units) const = 0;

  virtual InputEncoding encoding() const { return InputEncoding::kDirect; }
  // As Respond(), with the input of each image drawn by a seed of its own, if it is drawn at all.
  // Requires as many seeds as images.
  virtual absl::StatusOr<std::vector<std::vector<StepSpikes>>> RespondSeeded(
      absl::Span<const Image> images, absl::Span<const NetworkUnit> units,
      absl::Span<const uint64_t> seeds) const {
    (void)seeds;
    return Respond(images, units);
  }

  // How many threads may share the images of a call, at least 1; as many as cores unless told
  // otherwise. Of networks that use torch, SetTorchThreads() says it. Before the first call.
  virtual void SetThreads(int threads) { (void)threads; }

  // Of all neurons of layer `layer`, the expected spikes in the whole response:
  // [image][channel][row][col]. INVALID_ARGUMENT on a wrong image size or layer.
  virtual absl::StatusOr<std::vector<float>> LayerCounts(absl::Span<const Image> images,
                                                         int layer) const;
};

struct NetworkOptions {
  int steps = 0;  // of a response; 0: as the file states
  InputEncoding encoding = InputEncoding::kDirect;
};

// The index of a layer. NOT_FOUND, naming it and those there are.
absl::StatusOr<int> FindLayer(absl::Span<const NetworkLayer> layers, const std::string& name);

// Reads `conv2/17@4,3`. NOT_FOUND if the network has no such unit; the message says what it has.
absl::StatusOr<NetworkUnit> ParseUnit(absl::Span<const NetworkLayer> layers,
                                      const std::string& name);

// The name that ParseUnit() reads.
std::string UnitName(const NetworkLayer& layer, const NetworkUnit& unit);

// INVALID_ARGUMENT if there is no such layer.
absl::Status CheckLayer(absl::Span<const NetworkLayer> layers, int layer);
// INVALID_ARGUMENT naming the first unit that the layers do not have.
absl::Status CheckUnits(absl::Span<const NetworkLayer> layers, absl::Span<const NetworkUnit> units);
// INVALID_ARGUMENT naming the first image that is not whole or has another size, and both sizes.
absl::Status CheckImages(absl::Span<const Image> images, int width, int height);

// Loads `model_dir`/`model`.safetensors or, if there is none, the TorchScript module
// `model_dir`/`model`.pt with its manifest `model`.textproto (network_manifest.proto). Errors as
// LoadGenerator (server/generator/generator.h); INVALID_ARGUMENT if the input of a network that
// does not spike is to be drawn.
absl::StatusOr<std::unique_ptr<Network>> LoadNetwork(const std::string& model_dir,
                                                     const std::string& model,
                                                     const NetworkOptions& options = {});

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_NETWORKS_NETWORK_H_
