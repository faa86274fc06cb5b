// A network with its weights as integers, laid out for the event-driven kernel.
//
// A weight is rounded to a multiple of 2^-24 (2^-k with a smaller k for a layer whose sums could
// overflow 32 bits otherwise). Half-precision weights are such multiples already, so that the sums
// over spikes are exact, and thus independent of their order, of the blocking and of the machine.
// The batch norm is not folded into the weights: it scales the sum.
//
// A layer that sees only the image has a constant current. Its neurons, if their reset is to zero,
// are then periodic: whoever fires first in step n fires in every n-th one. So the period is all
// there is to know of such a neuron, and it follows from comparing the current with a table.
#ifndef EVOKE_SIM_BACKEND_NETWORKS_ENGINE_FIXED_LAYER_H_
#define EVOKE_SIM_BACKEND_NETWORKS_ENGINE_FIXED_LAYER_H_

#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/weights_file.h"
#include "sim_backend/networks/architecture.h"
#include "sim_backend/networks/engine/lif_kernel.h"

namespace evoke {

// Rows of weights begin at cache lines, or every load of a vector would touch two of them.
template <typename T>
struct LineAllocator {
  using value_type = T;
  LineAllocator() = default;
  template <typename U>
  explicit LineAllocator(const LineAllocator<U>&) {}
  T* allocate(size_t n) {
    void* memory = std::aligned_alloc(64, (n * sizeof(T) + 63) / 64 * 64);
    if (memory == nullptr) throw std::bad_alloc();
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, size_t) { std::free(memory); }
  friend bool operator==(const LineAllocator&, const LineAllocator&) { return true; }
};
template <typename T>
using LineVector = std::vector<T, LineAllocator<T>>;

// Where a neuron looks: a position of the source, relative to the first one of its field.
struct Tap {
  int row = 0;
  int col = 0;
  int index = 0;  // of the kernel's weights
};

// The spikes of a layer (or of the image, if its input is drawn) as its readers see them: as they
// are, or pooled. `planes` bits make the number of a pooled position's spikes, the most significant
// first; each has weights of its own.
struct SpikeView {
  int source = 0;  // or Branch::kImage
  Branch::Pool pool = Branch::Pool::kNone;
  int side = 1;
  int planes = 1;
  int channels = 1;
  bool patterns = false;  // of periodic neurons: listed with their patterns in time
  int words() const { return (channels + 63) / 64; }
  // Rows of the weights that belong to one position.
  int rows() const { return planes * words() * 64; }
  size_t positions() const { return static_cast<size_t>(side) * side; }
  friend bool operator==(const SpikeView&, const SpikeView&) = default;
};

struct FixedBranch {
  bool image = false;     // reads the image, by image_weights: what does not change over the steps
  int view = -1;          // index into FixedNetwork::views: spikes that it reads; -1: none
  bool identity = false;  // has no weights
  double identity_unit = 1;
  int stride = 1;
  int padding = 0;
  std::vector<Tap> taps;
  // [block]: [row][groups * kLanes], of the groups of channels that one run of the kernel computes.
  std::vector<LineVector<int32_t>> weights;
  uint16_t empty_row = 0;  // weights of 0
  // [index of the kernel][padded channel]: the sums of their rows.
  LineVector<int32_t> totals;
  std::vector<double> scale;  // [padded channel]
  std::vector<double> shift;
  int position_rows = 0;  // of the weights, for each index of the kernel
  // [index][red, green, blue, 1][padded channel], whole numbers; sums of them times display values
  // are exact in doubles. Current = image_scale * sum + image_shift.
  LineVector<double> image_weights;
  std::vector<ImageTap> image_taps;  // in the framed image
  std::vector<double> image_scale;
  std::vector<double> image_shift;
};

struct FixedLayer {
  int channels = 0;
  int side = 1;
  int groups = 1;           // of kLanes channels, the last one padded with neurons that never fire
  std::vector<int> blocks;  // groups of each block: the sizes that the kernel has, large ones first
  bool periodic = false;
  int words() const { return (groups + 3) / 4; }
  size_t positions() const { return static_cast<size_t>(side) * side; }
  std::vector<FixedBranch> branches;
};

struct FixedNetwork {
  Architecture architecture;
  std::vector<FixedLayer> layers;
  std::vector<SpikeView> views;
  // [k]: the least current at which a neuron at rest fires within k + 1 steps.
  std::vector<double> firing_limits;
  InputEncoding encoding = InputEncoding::kDirect;
  int image_frame = 0;  // pixels of 0 around the image, so that every field lies inside
  int framed_side() const { return architecture.image_size + 2 * image_frame; }
  int steps() const { return architecture.steps; }
};

// Errors of ReadLayeredNetwork (layered_weights.h); INVALID_ARGUMENT if the neurons do not spike,
// or have more inputs than 16 bits count. `steps` 0: as the file states.
absl::StatusOr<FixedNetwork> CompileNetwork(const WeightsFile& file, int steps,
                                            InputEncoding encoding);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_NETWORKS_ENGINE_FIXED_LAYER_H_
