#include "sim_backend/networks/engine/fixed_layer.h"

#include <algorithm>
#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "sim_backend/networks/layered_weights.h"

namespace evoke {
namespace {

constexpr int kMostBits = 24;
constexpr int64_t kMostRows = 65535;
constexpr int kInputs = 3;  // of the image: red, green, blue
// Steps whose spikes fit into a word: what a pooled pattern is kept in.
constexpr int kMostPatternSteps = 64;
// With fewer steps periods do not pay: spikes are so few that they are added one by one.
constexpr int kLeastPeriodicSteps = 16;

using Pool = Branch::Pool;
using Map = Branch::Map;

// What follows the sum: the batch norm, or a bias, or both.
struct Affine {
  std::vector<double> scale;
  std::vector<double> shift;
};

absl::StatusOr<Affine> ReadAffine(const WeightsFile& file, const Branch& branch,
                                  const std::string& prefix, int channels, double epsilon) {
  Affine affine{std::vector<double>(channels, 1), std::vector<double>(channels, 0)};
  if (branch.bias) {
    EVOKE_ASSIGN_OR_RETURN(const WeightTensor* bias,
                           file.Tensor(absl::StrCat(prefix, ".bias"), {channels}));
    affine.shift.assign(bias->values.begin(), bias->values.end());
  }
  if (!branch.norm) return affine;
  const WeightTensor* norm[4];
  const char* const parts[4] = {"weight", "bias", "running_mean", "running_var"};
  for (int i = 0; i < 4; ++i) {
    EVOKE_ASSIGN_OR_RETURN(norm[i],
                           file.Tensor(absl::StrCat(prefix, ".norm.", parts[i]), {channels}));
  }
  for (int c = 0; c < channels; ++c) {
    const double variance = norm[3]->values[c] + epsilon;
    affine.scale[c] = norm[0]->values[c] / std::sqrt(variance);
    affine.shift[c] = norm[1]->values[c] + affine.scale[c] * (affine.shift[c] - norm[2]->values[c]);
  }
  return affine;
}

// Whether a neuron at rest fires within `steps` steps of a constant current.
bool Fires(const LifParameters& lif, double current, int steps) {
  const double rate = 1 / double{lif.tau};
  const double kept = 1 - 1 / double{lif.tau};
  double v = 0;
  for (int t = 0; t < steps; ++t) {
    v = lif.decay_input ? v + (current - v) * rate : v * kept + current;
    if (v >= lif.threshold) return true;
  }
  return false;
}

// The least current, to the last bit, with which it does: more current, earlier spikes.
double FiringLimit(const LifParameters& lif, int steps) {
  double low = 0;
  double high = 2 * double{lif.threshold} * lif.tau;
  while (true) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return high;
    (Fires(lif, middle, steps) ? high : low) = middle;
  }
}

std::vector<int> BlocksOf(int groups) {
  std::vector<int> blocks;
  for (int size = kMostGroups; groups > 0; size /= 2) {
    for (; groups >= size; groups -= size) blocks.push_back(size);
  }
  return blocks;
}

class Compiler {
 public:
  Compiler(const WeightsFile& file, FixedNetwork* network)
      : file_(file), architecture_(network->architecture), network_(network) {}

  absl::Status AddLayer(int index) {
    const LayerSpec& spec = architecture_.layers[index];
    FixedLayer layer;
    layer.channels = spec.channels;
    layer.side = architecture_.side(index);
    layer.groups = (spec.channels + kLanes - 1) / kLanes;
    layer.blocks = BlocksOf(layer.groups);
    for (int b = 0; b < static_cast<int>(spec.branches.size()); ++b) {
      EVOKE_ASSIGN_OR_RETURN(FixedBranch branch, MakeBranch(index, b, layer));
      layer.branches.push_back(std::move(branch));
    }
    layer.periodic =
        architecture_.steps >= kLeastPeriodicSteps && architecture_.lif.reset == LifReset::kZero &&
        std::all_of(layer.branches.begin(), layer.branches.end(),
                    [](const FixedBranch& branch) { return branch.image && branch.view < 0; });
    network_->layers.push_back(std::move(layer));
    return absl::OkStatus();
  }

 private:
  // An average is a sum: every position can be read through its weights. That is done where there
  // is one set of weights for all, and of the image.
  bool ReadsUnpooled(const Branch& branch) const {
    if (branch.map == Map::kIdentity) return false;
    return branch.pool == Pool::kGlobalAverage ||
           (branch.pool == Pool::kAverage2 && branch.source == Branch::kImage);
  }

  int ViewOf(const Branch& branch) {
    if (branch.source == Branch::kImage) {
      if (network_->encoding == InputEncoding::kDirect) return -1;
      return AddView(
          {.source = Branch::kImage, .side = architecture_.image_size, .channels = kInputs});
    }
    const FixedLayer& source = network_->layers[branch.source];
    Pool pool = branch.pool;
    if (ReadsUnpooled(branch)) pool = Pool::kNone;
    // Maxima of patterns are known only while a word holds them; shortcuts need spikes as they are.
    const bool patterns =
        source.periodic &&
        (pool == Pool::kNone || (pool == Pool::kAverage2 && branch.map != Map::kIdentity) ||
         (pool == Pool::kMax3 && architecture_.steps <= kMostPatternSteps));
    const SpikeView view{
        .source = branch.source,
        .pool = pool,
        .side = pool == Pool::kNone ? source.side : architecture_.pooled_side(branch),
        .planes = pool == Pool::kAverage2 ? 3 : 1,
        .channels = source.channels,
        .patterns = patterns};
    return AddView(view);
  }

  int AddView(const SpikeView& view) {
    std::vector<SpikeView>& views = network_->views;
    const auto found = std::find(views.begin(), views.end(), view);
    if (found != views.end()) return static_cast<int>(found - views.begin());
    views.push_back(view);
    return static_cast<int>(views.size()) - 1;
  }

  absl::StatusOr<FixedBranch> MakeBranch(int index, int number, const FixedLayer& layer) {
    const Branch& spec = architecture_.layers[index].branches[number];
    const std::string prefix = architecture_.prefix(index, number);
    const bool image = spec.source == Branch::kImage;
    const bool global = spec.pool == Pool::kGlobalAverage;
    if (image && spec.pool == Pool::kMax3) {
      return absl::InvalidArgumentError(absl::StrCat(
          file_.path, ": ", prefix, ": the engine takes no maximum over the image; average it"));
    }
    FixedBranch branch;
    branch.view = ViewOf(spec);
    const int pooled = architecture_.pooled_side(spec);
    const double divisor = spec.pool == Pool::kAverage2 ? 4
                           : global ? std::pow(architecture_.side(spec.source), 2)
                                    : 1;
    if (spec.map == Map::kIdentity) {
      if (global || image) {
        return absl::InvalidArgumentError(
            absl::StrCat(file_.path, ": ", prefix,
                         ": the engine takes no identity of the image or of an average"));
      }
      branch.identity = true;
      branch.identity_unit = 1 / divisor;
      return branch;
    }
    const int inputs = architecture_.channels(spec.source);
    // A linear map is a convolution whose kernel is as large as the map.
    const bool linear = spec.map == Map::kLinear;
    const int kernel = linear ? pooled : spec.kernel;
    branch.stride = linear ? 1 : spec.stride;
    branch.padding = linear ? 0 : spec.padding;
    const int taps = kernel * kernel;
    branch.image = image;
    // Rows of a position: its channels, in words of 64, for every plane.
    branch.position_rows = branch.view < 0 ? kPixel : network_->views[branch.view].rows();
    const int64_t rows = int64_t{taps} * branch.position_rows;
    if (rows > kMostRows) {
      return absl::InvalidArgumentError(absl::StrCat(file_.path, ": ", prefix, ": a neuron has ",
                                                     rows, " inputs; allowed are ", kMostRows));
    }
    if (global && kernel != 1) {
      return absl::InvalidArgumentError(absl::StrCat(file_.path, ": ", prefix, ": a kernel of ",
                                                     kernel, " on one position; allowed is 1"));
    }
    // Positions of the source for one that the kernel sees.
    const int under = global ? architecture_.side(spec.source) : ReadsUnpooled(spec) ? 2 : 1;
    branch.stride *= under;
    branch.padding *= under;
    for (int r = 0; r < kernel * under; ++r) {
      for (int c = 0; c < kernel * under; ++c) {
        branch.taps.push_back({r, c, r / under * kernel + c / under});
      }
    }
    std::vector<int64_t> shape = {layer.channels, inputs, kernel, kernel};
    if (linear) shape = {layer.channels, int64_t{inputs} * taps};
    EVOKE_ASSIGN_OR_RETURN(const WeightTensor* weights,
                           file_.Tensor(absl::StrCat(prefix, ".weight"), shape));
    EVOKE_ASSIGN_OR_RETURN(const Affine affine, ReadAffine(file_, spec, prefix, layer.channels,
                                                           architecture_.norm_epsilon));
    if (image) FillImage(*weights, affine, taps, divisor, layer, &branch);
    if (branch.view >= 0) Fill(*weights, affine, taps, inputs, divisor, layer, &branch);
    return branch;
  }

  void Fill(const WeightTensor& weights, const Affine& affine, int taps, int inputs, double divisor,
            const FixedLayer& layer, FixedBranch* branch) const {
    const SpikeView& view = network_->views[branch->view];
    // Both layouts of weights, [out][in][row][col] and [out][in * row * col], are [out][in][tap].
    const int64_t fan_in = int64_t{inputs} * taps;
    // A spike of the image is a 1 that is normalised; the rest of that is with its constant part.
    const auto worth = [&](int in) { return branch->image ? 1 / architecture_.deviation[in] : 1; };
    // No set of spikes may make a sum that 32 bits do not hold: none lies beyond the sum of all
    // positive weights, or of all negative ones.
    double largest = 0;
    for (int out = 0; out < layer.channels; ++out) {
      double positive = 0;
      double negative = 0;
      for (int64_t i = 0; i < fan_in; ++i) {
        const double weight = weights.values[out * fan_in + i] * worth(static_cast<int>(i / taps));
        (weight > 0 ? positive : negative) += std::abs(weight);
      }
      largest = std::max(largest, std::max(positive, negative) * divisor);
    }
    int bits = kMostBits;
    while (bits > 0 && std::ldexp(largest, bits) > 0x7fff0000) --bits;

    const int64_t all_lanes = int64_t{layer.groups} * kLanes;
    branch->empty_row = static_cast<uint16_t>(taps * view.rows());
    branch->totals.assign(taps * all_lanes, 0);
    int first = 0;
    for (const int groups : layer.blocks) {
      const int lanes = groups * kLanes;
      LineVector<int32_t>& block = branch->weights.emplace_back();
      block.assign((static_cast<size_t>(taps) * view.rows() + 1) * lanes, 0);
      const int lanes_used = std::min(lanes, layer.channels - first * kLanes);
      for (int lane = 0; lane < lanes_used; ++lane) {
        const float* from = &weights.values[(first * kLanes + lane) * fan_in];
        for (int in = 0; in < inputs; ++in) {
          for (int tap = 0; tap < taps; ++tap) {
            const auto weight = static_cast<int32_t>(
                std::llround(std::ldexp(from[in * taps + tap] * worth(in), bits)));
            for (int plane = 0; plane < view.planes; ++plane) {
              const int64_t row = int64_t{tap} * view.rows() + plane * view.words() * 64 + in;
              const int32_t plane_weight = weight * (1 << (view.planes - 1 - plane));
              block[row * lanes + lane] = plane_weight;
              branch->totals[tap * all_lanes + first * kLanes + lane] += plane_weight;
            }
          }
        }
      }
      first += groups;
    }
    branch->scale.assign(all_lanes, 0);
    branch->shift.assign(branch->scale.size(), 0);
    for (int out = 0; out < layer.channels; ++out) {
      branch->scale[out] = std::ldexp(affine.scale[out] / divisor, -bits);
      branch->shift[out] = branch->image ? 0 : affine.shift[out];
    }
  }

  // The normalisation of display values goes into the weights: w (p / 255 - mean) / deviation.
  void FillImage(const WeightTensor& weights, const Affine& affine, int taps, double divisor,
                 const FixedLayer& layer, FixedBranch* branch) const {
    const size_t lanes = static_cast<size_t>(layer.groups) * kLanes;
    branch->image_weights.assign(static_cast<size_t>(taps) * kPixel * lanes, 0);
    double largest = 0;
    for (int out = 0; out < layer.channels; ++out) {
      double sum = 0;
      for (int tap = 0; tap < taps; ++tap) {
        double* row = &branch->image_weights[static_cast<size_t>(tap) * kPixel * lanes + out];
        double constant = 0;
        for (int in = 0; in < kInputs; ++in) {
          const double weight = weights.values[(int64_t{out} * kInputs + in) * taps + tap] /
                                architecture_.deviation[in];
          row[in * lanes] = weight / 255;
          constant -= weight * architecture_.mean[in];
          sum += std::abs(weight);
        }
        row[kInputs * lanes] = constant;
        sum += std::abs(constant);
      }
      largest = std::max(largest, sum * divisor);
    }
    // All partial sums stay whole numbers below 2^52.
    const int bits = 51 - std::max(0, std::ilogb(std::max(largest, 1e-9)) + 1);
    for (double& weight : branch->image_weights) weight = std::nearbyint(std::ldexp(weight, bits));
    branch->image_scale.assign(lanes, 0);
    branch->image_shift.assign(lanes, 0);
    for (int out = 0; out < layer.channels; ++out) {
      branch->image_scale[out] = std::ldexp(affine.scale[out] / divisor, -bits);
      branch->image_shift[out] = affine.shift[out];
    }
  }

  const WeightsFile& file_;
  const Architecture& architecture_;
  FixedNetwork* const network_;
};

// The image gets a frame of zeros, so that fields at its edge are read as all others are.
void FrameImage(FixedNetwork* network) {
  const int size = network->architecture.image_size;
  std::vector<FixedBranch*> readers;
  for (FixedLayer& layer : network->layers) {
    for (FixedBranch& branch : layer.branches) {
      if (!branch.image) continue;
      readers.push_back(&branch);
      const int end =
          (layer.side - 1) * branch.stride - branch.padding + branch.taps.back().row + 1;
      network->image_frame = std::max({network->image_frame, branch.padding, end - size});
    }
  }
  for (FixedBranch* branch : readers) {
    for (const Tap& tap : branch->taps) {
      branch->image_taps.push_back(
          {int64_t{tap.index} * kPixel,
           (int64_t{tap.row} * network->framed_side() + tap.col) * kPixel});
    }
  }
}

}  // namespace

absl::StatusOr<FixedNetwork> CompileNetwork(const WeightsFile& file, int steps,
                                            InputEncoding encoding) {
  FixedNetwork network;
  network.encoding = encoding;
  EVOKE_ASSIGN_OR_RETURN(network.architecture, ReadLayeredNetwork(file));
  if (network.architecture.neurons != NeuronModel::kLif) {
    return absl::InvalidArgumentError(
        absl::StrCat(file.path, ": its neurons do not spike; the engine runs spiking networks"));
  }
  if (steps != 0) network.architecture.steps = steps;
  EVOKE_RETURN_IF_ERROR(network.architecture.Validate());
  for (int k = 1; k <= network.steps(); ++k) {
    network.firing_limits.push_back(FiringLimit(network.architecture.lif, k));
  }
  Compiler compiler(file, &network);
  for (int i = 0; i < static_cast<int>(network.architecture.layers.size()); ++i) {
    EVOKE_RETURN_IF_ERROR(compiler.AddLayer(i));
  }
  FrameImage(&network);
  return network;
}

}  // namespace evoke
