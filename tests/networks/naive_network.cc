#include "tests/networks/naive_network.h"

#include <algorithm>
#include <cmath>

namespace evoke {
namespace {

// [channel][row][col]
struct Map {
  int channels = 0;
  int side = 0;
  std::vector<double> values;

  Map(int c, int s) : channels(c), side(s), values(static_cast<size_t>(c) * s * s) {}
  bool inside(int row, int col) const { return row >= 0 && row < side && col >= 0 && col < side; }
  double& at(int c, int row, int col) { return values[(c * side + row) * side + col]; }
  double at(int c, int row, int col) const { return values[(c * side + row) * side + col]; }
};

Map Pool(const Map& in, Branch::Pool pool) {
  if (pool == Branch::Pool::kNone) return in;
  if (pool == Branch::Pool::kGlobalAverage) {
    Map out(in.channels, 1);
    for (int c = 0; c < in.channels; ++c) {
      for (int i = 0; i < in.side * in.side; ++i) {
        out.values[c] += in.at(c, i / in.side, i % in.side) / (in.side * in.side);
      }
    }
    return out;
  }
  const bool average = pool == Branch::Pool::kAverage2;
  Map out(in.channels, average ? in.side / 2 : (in.side + 1) / 2);
  for (int c = 0; c < in.channels; ++c) {
    for (int row = 0; row < out.side; ++row) {
      for (int col = 0; col < out.side; ++col) {
        double sum = 0;
        double most = -HUGE_VAL;
        for (int r = 2 * row - (average ? 0 : 1); r <= 2 * row + 1; ++r) {
          for (int k = 2 * col - (average ? 0 : 1); k <= 2 * col + 1; ++k) {
            if (!in.inside(r, k)) continue;
            sum += in.at(c, r, k);
            most = std::max(most, in.at(c, r, k));
          }
        }
        out.at(c, row, col) = average ? sum / 4 : most;
      }
    }
  }
  return out;
}

Map Convolve(const Map& in, const Branch& branch, const std::vector<float>& w, int channels,
             int side) {
  Map out(channels, side);
  for (int o = 0; o < channels; ++o) {
    for (int row = 0; row < side; ++row) {
      for (int col = 0; col < side; ++col) {
        for (int i = 0; i < in.channels; ++i) {
          for (int r = 0; r < branch.kernel; ++r) {
            for (int k = 0; k < branch.kernel; ++k) {
              const int y = row * branch.stride + r - branch.padding;
              const int x = col * branch.stride + k - branch.padding;
              if (!in.inside(y, x)) continue;
              const size_t index = ((o * in.channels + i) * branch.kernel + r) * branch.kernel + k;
              out.at(o, row, col) += w[index] * in.at(i, y, x);
            }
          }
        }
      }
    }
  }
  return out;
}

Map RunBranch(const Architecture& a, const WeightsFile& file, int layer, int b, const Map& source) {
  const Branch& branch = a.layers[layer].branches[b];
  const std::string prefix = a.prefix(layer, b);
  const int channels = a.layers[layer].channels;
  const auto tensor = [&](const char* part) -> const std::vector<float>& {
    return file.tensors.at(prefix + part).values;
  };
  const Map in = Pool(source, branch.pool);
  Map out(channels, a.side(layer));
  if (branch.map == Branch::Map::kConvolution) {
    out = Convolve(in, branch, tensor(".weight"), channels, out.side);
  } else if (branch.map == Branch::Map::kLinear) {
    for (int o = 0; o < channels; ++o) {
      for (size_t i = 0; i < in.values.size(); ++i) {
        out.values[o] += tensor(".weight")[o * in.values.size() + i] * in.values[i];
      }
    }
  } else {
    out = in;
  }
  const size_t positions = static_cast<size_t>(out.side) * out.side;
  for (size_t i = 0; i < out.values.size(); ++i) {
    const size_t c = i / positions;
    if (branch.bias) out.values[i] += tensor(".bias")[c];
    if (!branch.norm) continue;
    const double scale =
        tensor(".norm.weight")[c] / std::sqrt(tensor(".norm.running_var")[c] + a.norm_epsilon);
    out.values[i] =
        (out.values[i] - tensor(".norm.running_mean")[c]) * scale + tensor(".norm.bias")[c];
  }
  return out;
}

// A neuron's state, and one step of it.
struct Neuron {
  double v = 0;
  bool fired = false;

  double Step(double x, const LifParameters& p) {
    double h = p.decay_input ? v + (x - v) / p.tau : v * (1 - 1 / p.tau) + x;
    if (p.reset == LifReset::kSubtractDelayed && fired) h -= p.threshold;
    fired = h >= p.threshold;
    v = h;
    if (fired && p.reset == LifReset::kZero) v = 0;
    if (fired && p.reset == LifReset::kSubtract) v -= p.threshold;
    return fired ? 1 : 0;
  }
};

}  // namespace

LayerOutputs RunNaively(const Architecture& a, const WeightsFile& file, const Image& image) {
  Map input(3, a.image_size);
  for (size_t i = 0; i < image.rgb.size(); ++i) {
    const int pixel = static_cast<int>(i / 3);
    input.at(i % 3, pixel / a.image_size, pixel % a.image_size) =
        (image.rgb[i] / 255.0 - a.mean[i % 3]) / a.deviation[i % 3];
  }
  LayerOutputs outputs;
  for (int l = 0; l < static_cast<int>(a.layers.size()); ++l) {
    const LayerSpec& layer = a.layers[l];
    std::vector<Neuron> neurons(static_cast<size_t>(layer.channels) * a.side(l) * a.side(l));
    outputs.emplace_back();
    for (int t = 0; t < a.steps; ++t) {
      std::vector<double> current(neurons.size());
      for (int b = 0; b < static_cast<int>(layer.branches.size()); ++b) {
        const int from = layer.branches[b].source;
        Map source = input;
        if (from != Branch::kImage) {
          source = Map(a.layers[from].channels, a.side(from));
          source.values = outputs[from][t];
        }
        const Map branch = RunBranch(a, file, l, b, source);
        for (size_t i = 0; i < current.size(); ++i) current[i] += branch.values[i];
      }
      for (size_t i = 0; i < current.size(); ++i) {
        current[i] = a.neurons == NeuronModel::kLif ? neurons[i].Step(current[i], a.lif)
                                                    : std::max(0.0, current[i]);
      }
      outputs[l].push_back(current);
    }
  }
  return outputs;
}

}  // namespace evoke
