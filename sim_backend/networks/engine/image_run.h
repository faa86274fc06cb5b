// One image on its way through the layers of a network.
#ifndef EVOKE_SIM_BACKEND_NETWORKS_ENGINE_IMAGE_RUN_H_
#define EVOKE_SIM_BACKEND_NETWORKS_ENGINE_IMAGE_RUN_H_

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "common/image.h"
#include "sim_backend/networks/engine/fixed_layer.h"
#include "sim_backend/networks/engine/lif_kernel.h"
#include "sim_backend/networks/engine/run_plan.h"

namespace evoke {

// Used by one thread; the memory is kept from image to image.
class ImageRun {
 public:
  // Both must outlive this.
  ImageRun(const FixedNetwork* network, const LifKernel* kernel);

  // Computes what `plan` says. The image must have the network's size. `seed`: of its spikes, if
  // the network's input is drawn.
  void Run(const Image& image, uint64_t seed, const RunPlan& plan);

  // Whether neuron `channel` at `position` of `layer` spiked in `step`.
  bool Spiked(int layer, int position, int step, int channel) const {
    return (spikes(layer, position, step)[channel / 64] >> (channel % 64) & 1) != 0;
  }
  // A bit for each channel, in words of 64.
  const uint64_t* spikes(int layer, int position, int step) const {
    const int words = network_->layers[layer].words();
    return &spikes_[layer][(static_cast<size_t>(position) * steps_ + step) * words];
  }

 private:
  // A view's spikes: as bits, and listed.
  struct ViewSpikes {
    std::vector<uint64_t> bits;        // [position][step][plane][word], if the view pools
    bool silent = false;               // the list is of those that do not spike
    std::vector<uint32_t> begins;      // [position], in the list
    std::vector<uint16_t> channels;    // the list: position by position, step by step
    std::vector<uint32_t> ends;        // [position][step], counted from the position's begin
    std::vector<PatternEvent> events;  // the list of a view of patterns
    std::vector<uint32_t> counts;      // [position], of these
  };
  // All patterns of a view, by number.
  struct Patterns {
    std::vector<uint64_t> words;                     // the steps as bits, if there are few
    std::vector<std::vector<uint16_t>> steps;        // [pattern]
    absl::flat_hash_map<uint64_t, uint16_t> number;  // by word
  };

  void ReadImage(const Image& image);
  void DrawImage(const Image& image, uint64_t seed);
  void RunLayer(int index, const RunPlan::Layer& plan);
  // What the image gives to at most kImagePositions positions: constant_.
  void AddImage(const FixedLayer& layer, absl::Span<const int> positions,
                const RunPlan::Layer& plan);
  // `constant`: [lane], or null.
  void RunPeriodic(int index, int position, const double* constant, const RunPlan::Layer& plan);
  void RunPosition(int index, int position, const double* constant, const RunPlan::Layer& plan);
  void RunView(int view, const RunPlan::View& plan);
  void Pool(int view, int position);
  // Lists the spikes of a view, or what did not spike if that is less.
  void ListView(int view, const RunPlan::View& plan);
  // Returns where the list ends.
  size_t ListPositions(int view, const RunPlan::View& plan);
  void ListSpikes(int view, int position, uint32_t begin);
  // Lists from `begin` on; returns where the list ends.
  size_t ListPatterns(int view, int position, size_t begin, bool bits);
  uint16_t NumberOf(uint64_t pattern);
  void GatherRows(const FixedBranch& branch, int row, int col, int number);
  void GatherPatterns(const FixedBranch& branch, int row, int col, int number);
  const uint64_t* view_bits(int view, int position) const;
  // Row and column may lie in the frame.
  double* pixel(int row, int col) {
    const int frame = network_->image_frame;
    return &pixels_[(static_cast<size_t>(row + frame) * network_->framed_side() + col + frame) *
                    kPixel];
  }
  size_t bits_of(const SpikeView& view) const {
    return static_cast<size_t>(steps_) * view.planes * view.words();
  }

  const FixedNetwork* const network_;
  const int steps_;
  const LifKernel* const kernel_;
  std::vector<double> pixels_;                  // [framed row][framed col][kPixel]
  std::vector<uint64_t> image_spikes_;          // [position][step]: a bit for each colour
  std::vector<std::vector<uint64_t>> spikes_;   // [layer]: [position][step][word]
  std::vector<std::vector<uint16_t>> periods_;  // [periodic layer]: [position][lane], less 1
  std::vector<ViewSpikes> views_;
  Patterns periodic_;  // by period, less 1
  Patterns pooled_;    // of the image at hand

  // Of the position at hand:
  struct Input {
    std::vector<EventSource> sources;
    std::vector<uint16_t> rows;
    std::vector<uint32_t> ends;        // [step], or [pattern]
    std::vector<PatternEvent> events;  // before they are sorted by pattern
    std::vector<PatternSteps> patterns;
    LineVector<int32_t> sums;
    LineVector<int32_t> all;  // [lane] of all inputs, if the rows are those of silent ones
  };
  Input input_[2];
  std::vector<uint64_t> silent_;  // bits of a step
  std::vector<uint16_t> local_;   // [pattern of the view]: its number at this position, plus 1
  LineVector<double> constant_;   // [position at hand][lane]
};

}  // namespace evoke

#endif  // EVOKE_SIM_BACKEND_NETWORKS_ENGINE_IMAGE_RUN_H_
