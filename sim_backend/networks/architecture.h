// The architecture of a layered network: what each layer reads, and how.
//
// A layer is a map of neurons whose input current is a sum of branches. A branch takes the output
// of an earlier layer (or the image), pools it, and maps it to the layer's channels. This covers
// plain convolutional networks and residual ones, of spiking and of rectified neurons.
#ifndef EVOKE_SIM_BACKEND_NETWORKS_ARCHITECTURE_H_
#define EVOKE_SIM_BACKEND_NETWORKS_ARCHITECTURE_H_

#include <array>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sim_backend/networks/lif.h"
#include "sim_backend/networks/network.h"

namespace evoke {

// What a layer's neurons do with their current: fire (lif.h), or give it back rectified, as a rate.
enum class NeuronModel { kLif, kRectified };

struct Branch {
  enum class Pool {
    kNone,
    kAverage2,       // 2 x 2, stride 2: half the side
    kMax3,           // 3 x 3, stride 2, padded by 1: half the side, rounded up
    kGlobalAverage,  // to one position
  };
  enum class Map {
    kConvolution,  // `kernel` x `kernel`, `stride`, zeros around
    kLinear,       // from all positions; inputs are [channel][row][col]
    kIdentity,     // the source's spikes or rates themselves
  };
  static constexpr int kImage = -1;

  int source = kImage;  // index of an earlier layer
  Pool pool = Pool::kNone;
  Map map = Map::kConvolution;
  int kernel = 3;  // kernel, stride and padding: of a convolution
  int stride = 1;
  int padding = 1;
  bool norm = true;   // a batch norm follows the map
  bool bias = false;  // the map adds a bias
  friend bool operator==(const Branch&, const Branch&) = default;
};

struct LayerSpec {
  std::string name;  // "conv1", "layer2.0.conv1", "class"
  int channels = 0;
  std::vector<Branch> branches = {};  // one or two
  friend bool operator==(const LayerSpec&, const LayerSpec&) = default;
};

// "evoke.kind" of a weights file (common/weights_file.h) that holds such a network; "evoke.config"
// is Architecture::ToJson().
inline constexpr char kLayeredNetworkKind[] = "layered_network";

// Weights of branch 0 of layer `conv1` are the tensors "conv1.weight" ([out][in][row][col] or
// [out][in]), "conv1.bias" and "conv1.norm.weight", ".norm.bias", ".norm.running_mean",
// ".norm.running_var"; those of branch 1 begin with "conv1.shortcut".
struct Architecture {
  std::string family;   // "small", "resnet18", "convnet"; for people
  int image_size = 32;  // square
  NeuronModel neurons = NeuronModel::kLif;
  LifParameters lif = {};
  int train_steps = 4;  // T while training; rectified networks have no steps: 1
  int steps = 50;       // of one response, unless the caller wishes otherwise
  double step_ms = 2;   // what one step stands for
  double norm_epsilon = 1e-5;
  // Display values / 255 are normalised by these; zeros around a convolution stand for the mean.
  std::array<double, 3> mean = {0.5, 0.5, 0.5};
  std::array<double, 3> deviation = {0.25, 0.25, 0.25};
  // In order of computation. The last is the class layer: one position, a channel per class.
  std::vector<LayerSpec> layers = {};

  int classes() const { return layers.empty() ? 0 : layers.back().channels; }
  // Side of the square map that layer `index` has, or, for Branch::kImage, of the image. 1 after a
  // linear map or a global pool. Requires a valid architecture.
  int side(int index) const;
  int channels(int index) const { return index == Branch::kImage ? 3 : layers[index].channels; }
  // Side of the map after the branch's pooling, before its map.
  int pooled_side(const Branch& branch) const;
  // Numbers that a linear map reads, or channels that a convolution reads.
  int inputs(const Branch& branch) const;
  // Prefix of the tensors of branch `branch` of layer `layer`.
  std::string prefix(int layer, int branch) const;
  std::vector<NetworkLayer> Layers() const;

  // OK, or INVALID_ARGUMENT that names the layer and the field: shapes that do not fit together,
  // sources that come later, names that repeat or hold '/' or '@'.
  absl::Status Validate() const;
  std::string ToJson() const;
  // INVALID_ARGUMENT if `text` is no JSON, lacks a field, or does not validate.
  static absl::StatusOr<Architecture> FromJson(const std::string& text);

  friend bool operator==(const Architecture&, const Architecture&) = default;
};

// 3x3 convolutions to `width`, 2 `width`, 4 `width` channels, each but the first after average
// pooling; then the class neurons. conv1 .. conv3, class.
Architecture SmallSpikingNetwork(int width);

// ResNet-18 with LIF neurons after every norm and after every sum (SpikingJelly's spiking_resnet18,
// which MANGO used): conv1, layer1.0.1, layer1.0.2, ..., layer4.1.2, class. With `wide_stem`, as
// there, conv1 is 7x7 with stride 2 and a max pool follows, so that layer1 is 8 x 8 of a 32 x 32
// image; otherwise conv1 is 3x3 with stride 1, as usual for CIFAR.
Architecture SpikingResNet18(int width, bool wide_stem);

// Rectified networks: a VGG-like one and a ResNet.
Architecture ConvNet(int width);
Architecture ResNet(int width);

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_NETWORKS_ARCHITECTURE_H_
