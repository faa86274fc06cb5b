#include "sim_backend/networks/engine/image_run.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "common/random.h"

namespace evoke {
namespace {

static_assert(std::endian::native == std::endian::little,
              "16 bits of a group of channels are taken for a part of a word of 64");

// The bits of a word of 64 channels that stand for one.
uint64_t ChannelMask(const SpikeView& view, int word) {
  const int channels = view.channels - word * 64;
  return channels >= 64 ? ~uint64_t{0} : (uint64_t{1} << channels) - 1;
}

template <typename Vector>
void GrowTo(size_t size, Vector& vector) {
  if (vector.size() < size) vector.resize(std::max(size, 2 * vector.size()));
}

}  // namespace

ImageRun::ImageRun(const FixedNetwork* network, const LifKernel* kernel)
    : network_(network),
      steps_(network->steps()),
      kernel_(kernel),
      periods_(network->layers.size()),
      views_(network->views.size()) {
  size_t most_lanes = 0;
  for (size_t l = 0; l < network->layers.size(); ++l) {
    const FixedLayer& layer = network->layers[l];
    const size_t lanes = static_cast<size_t>(layer.groups) * kLanes;
    spikes_.emplace_back(layer.positions() * steps_ * layer.words());
    if (layer.periodic) periods_[l].resize(layer.positions() * lanes);
    most_lanes = std::max(most_lanes, lanes);
  }
  constant_.resize(kImagePositions * most_lanes);
  // Of an image that is drawn only the constant counts, beside its spikes.
  const int side = network->architecture.image_size;
  pixels_.resize(static_cast<size_t>(network->framed_side()) * network->framed_side() * kPixel);
  for (int row = 0; row < side; ++row) {
    for (int col = 0; col < side; ++col) pixel(row, col)[kPixel - 1] = 1;
  }
  for (size_t v = 0; v < views_.size(); ++v) {
    const SpikeView& view = network->views[v];
    silent_.resize(std::max<size_t>(silent_.size(), view.planes * view.words()));
    views_[v].begins.resize(view.positions());
    views_[v].counts.resize(view.positions());
    views_[v].ends.resize(view.positions() * steps_);
    if (view.pool != Branch::Pool::kNone) {
      views_[v].bits.resize(view.positions() * bits_of(view));
    }
  }
  for (int period = 1; period <= steps_; ++period) {
    std::vector<uint16_t>& steps = periodic_.steps.emplace_back();
    uint64_t word = 0;
    for (int t = period - 1; t < steps_; t += period) {
      steps.push_back(static_cast<uint16_t>(t));
      if (t < 64) word |= uint64_t{1} << t;
    }
    periodic_.words.push_back(word);
  }
  periodic_.words.push_back(0);  // never
}

void ImageRun::ReadImage(const Image& image) {
  const uint8_t* from = image.rgb.data();
  for (int row = 0; row < image.height; ++row) {
    double* to = pixel(row, 0);
    for (int col = 0; col < image.width; ++col, to += kPixel) {
      for (int i = 0; i < 3; ++i) to[i] = *from++;
    }
  }
}

void ImageRun::DrawImage(const Image& image, uint64_t seed) {
  Rng rng(seed);
  image_spikes_.assign(image.rgb.size() / 3 * steps_, 0);
  for (size_t i = 0; i < image.rgb.size(); ++i) {
    // Of 65536 equally likely numbers of 16 bits, value / 255 lie below this.
    const uint32_t limit = (image.rgb[i] * 65536u + 127) / 255;
    uint64_t random = 0;
    for (int t = 0; t < steps_; ++t, random >>= 16) {
      if (t % 4 == 0) random = rng.Next();
      if ((random & 0xffff) < limit) image_spikes_[i / 3 * steps_ + t] |= uint64_t{1} << (i % 3);
    }
  }
}

void ImageRun::Run(const Image& image, uint64_t seed, const RunPlan& plan) {
  if (network_->encoding == InputEncoding::kDirect) {
    ReadImage(image);
  } else {
    DrawImage(image, seed);
  }
  // The image is the source before the first layer.
  for (int l = Branch::kImage; l < static_cast<int>(network_->layers.size()); ++l) {
    if (l != Branch::kImage) {
      if (plan.layers[l].positions.empty()) continue;
      RunLayer(l, plan.layers[l]);
    }
    for (int v = 0; v < static_cast<int>(views_.size()); ++v) {
      if (network_->views[v].source == l) RunView(v, plan.views[v]);
    }
  }
}

// ---- what a layer's readers see of it ----

const uint64_t* ImageRun::view_bits(int view, int position) const {
  const SpikeView& v = network_->views[view];
  if (v.source == Branch::kImage) return &image_spikes_[static_cast<size_t>(position) * steps_];
  if (v.pool == Branch::Pool::kNone) return spikes(v.source, position, 0);
  return &views_[view].bits[position * bits_of(v)];
}

void ImageRun::RunView(int view, const RunPlan::View& plan) {
  if (plan.positions.empty()) return;
  const SpikeView& v = network_->views[view];
  if (v.patterns) {
    if (v.pool == Branch::Pool::kMax3) {
      pooled_.words.clear();
      pooled_.steps.clear();
      pooled_.number.clear();
    }
    size_t size = 0;
    for (const int position : plan.positions) {
      size = ListPatterns(view, position, size, plan.bits);
    }
    return;
  }
  if (v.pool != Branch::Pool::kNone) {
    for (const int position : plan.positions) Pool(view, position);
  }
  if (plan.events) ListView(view, plan);
}

void ImageRun::ListView(int view, const RunPlan::View& plan) {
  const SpikeView& v = network_->views[view];
  views_[view].silent = false;
  const size_t spikes = ListPositions(view, plan);
  if (2 * spikes <= plan.positions.size() * v.planes * v.channels * steps_) return;
  views_[view].silent = true;
  ListPositions(view, plan);
}

size_t ImageRun::ListPositions(int view, const RunPlan::View& plan) {
  uint32_t size = 0;
  for (const int position : plan.positions) {
    ListSpikes(view, position, size);
    size += views_[view].ends[static_cast<size_t>(position + 1) * steps_ - 1];
  }
  return size;
}

void ImageRun::Pool(int view, int position) {
  const SpikeView& v = network_->views[view];
  const uint64_t* sources[9];
  int count = 0;
  ForPooled(v.pool, network_->layers[v.source].side, position / v.side, position % v.side,
            [&](int p) { sources[count++] = spikes(v.source, p, 0); });
  uint64_t* out = &views_[view].bits[position * bits_of(v)];
  for (int t = 0; t < steps_; ++t) {
    for (int w = 0; w < v.words(); ++w) {
      const int64_t i = int64_t{t} * v.words() + w;
      if (v.pool == Branch::Pool::kMax3) {
        uint64_t any = 0;
        for (int s = 0; s < count; ++s) any |= sources[s][i];
        out[i] = any;
        continue;
      }
      // Adds four bits, for 64 channels at a time.
      const uint64_t a = sources[0][i];
      const uint64_t b = sources[1][i];
      const uint64_t c = sources[2][i];
      const uint64_t d = sources[3][i];
      uint64_t* planes = out + (int64_t{t} * 3) * v.words() + w;
      planes[0] = a & b & c & d;
      planes[v.words()] = ((a & b) ^ (c & d)) | ((a ^ b) & (c ^ d));
      planes[2 * v.words()] = a ^ b ^ c ^ d;
    }
  }
}

void ImageRun::ListSpikes(int view, int position, uint32_t begin) {
  const SpikeView& v = network_->views[view];
  ViewSpikes& list = views_[view];
  const uint64_t* bits = view_bits(view, position);
  const int words = v.planes * v.words();
  list.begins[position] = begin;
  GrowTo(begin + static_cast<size_t>(steps_) * words * 64 + kListSlack, list.channels);
  uint16_t* const first = &list.channels[begin];
  uint32_t* const ends = &list.ends[static_cast<size_t>(position) * steps_];
  uint32_t size = 0;
  for (int t = 0; t < steps_; ++t, bits += words) {
    const uint64_t* listed = bits;
    if (list.silent) {
      for (int w = 0; w < words; ++w) silent_[w] = ~bits[w] & ChannelMask(v, w % v.words());
      listed = silent_.data();
    }
    size += static_cast<uint32_t>(kernel_->list(listed, words, first + size));
    ends[t] = size;
  }
}

uint16_t ImageRun::NumberOf(uint64_t pattern) {
  const auto [entry, is_new] =
      pooled_.number.try_emplace(pattern, static_cast<uint16_t>(pooled_.words.size()));
  if (is_new) {
    pooled_.words.push_back(pattern);
    std::vector<uint16_t>& steps = pooled_.steps.emplace_back();
    for (uint64_t rest = pattern; rest != 0; rest &= rest - 1) {
      steps.push_back(static_cast<uint16_t>(std::countr_zero(rest)));
    }
  }
  return entry->second;
}

size_t ImageRun::ListPatterns(int view, int position, size_t begin, bool bits) {
  const SpikeView& v = network_->views[view];
  ViewSpikes& list = views_[view];
  const FixedLayer& layer = network_->layers[v.source];
  const size_t lanes = static_cast<size_t>(layer.groups) * kLanes;
  const auto never = static_cast<uint16_t>(steps_);
  list.begins[position] = static_cast<uint32_t>(begin);
  GrowTo(begin + 4 * lanes, list.events);
  PatternEvent* out = &list.events[begin];
  const auto add = [&out](int row, uint16_t pattern) {
    *out++ = {static_cast<uint16_t>(row), pattern};
  };
  const uint16_t* sources[9];
  int count = 0;
  ForPooled(v.pool, layer.side, position / v.side, position % v.side,
            [&](int p) { sources[count++] = &periods_[v.source][p * lanes]; });
  if (v.pool == Branch::Pool::kNone) {
    for (int c = 0; c < layer.channels; ++c) {
      *out = {static_cast<uint16_t>(c), sources[0][c]};
      out += sources[0][c] != never ? 1 : 0;
    }
  } else if (v.pool == Branch::Pool::kAverage2) {
    // Neurons of one channel with the same period are one event, of a plane that counts them.
    const int plane = v.words() * 64;
    for (int c = 0; c < layer.channels; ++c) {
      uint16_t p[4] = {sources[0][c], sources[1][c], sources[2][c], sources[3][c]};
      for (int i = 0; i < 4; ++i) {
        if (p[i] == never) continue;
        int same = 1;
        for (int j = i + 1; j < 4; ++j) {
          if (p[j] != p[i]) continue;
          ++same;
          p[j] = never;
        }
        if (same == 4) add(c, p[i]);
        if (same == 2 || same == 3) add(plane + c, p[i]);
        if (same == 1 || same == 3) add(2 * plane + c, p[i]);
      }
    }
  } else {
    uint64_t* const words = bits ? &list.bits[position * bits_of(v)] : nullptr;
    if (bits) std::fill_n(words, bits_of(v), 0);
    for (int c = 0; c < layer.channels; ++c) {
      uint64_t any = 0;
      for (int s = 0; s < count; ++s) any |= periodic_.words[sources[s][c]];
      if (any == 0) continue;
      add(c, NumberOf(any));
      if (!bits) continue;
      for (uint64_t rest = any; rest != 0; rest &= rest - 1) {
        words[std::countr_zero(rest) * v.words() + c / 64] |= uint64_t{1} << (c % 64);
      }
    }
  }
  const size_t size = static_cast<size_t>(out - list.events.data());
  list.counts[position] = static_cast<uint32_t>(size - begin);
  return size;
}

// ---- a layer ----

void ImageRun::GatherRows(const FixedBranch& branch, int row, int col, int number) {
  const SpikeView& view = network_->views[branch.view];
  const ViewSpikes& list = views_[branch.view];
  Input& input = input_[number];
  input.sources.clear();
  size_t most = kListSlack + static_cast<size_t>(steps_) * kRowsAtOnce;
  ForTaps(branch, view.side, row, col, [&](int position, int index) {
    const uint32_t* ends = &list.ends[static_cast<size_t>(position) * steps_];
    input.sources.push_back({&list.channels[list.begins[position]], ends,
                             static_cast<uint16_t>(index * branch.position_rows)});
    most += ends[steps_ - 1];
  });
  GrowTo(most, input.rows);
  input.ends.resize(steps_);
  kernel_->gather(input.sources.data(), static_cast<int>(input.sources.size()), steps_,
                  branch.empty_row, input.rows.data(), input.ends.data());
  input.all.clear();
  if (!list.silent) return;
  const size_t lanes = branch.scale.size();
  input.all.resize(lanes);
  ForTaps(branch, view.side, row, col, [&](int, int index) {
    const int32_t* total = &branch.totals[index * lanes];
    for (size_t lane = 0; lane < lanes; ++lane) input.all[lane] += total[lane];
  });
}

void ImageRun::GatherPatterns(const FixedBranch& branch, int row, int col, int number) {
  const SpikeView& view = network_->views[branch.view];
  const ViewSpikes& list = views_[branch.view];
  const Patterns& patterns = view.pool == Branch::Pool::kMax3 ? pooled_ : periodic_;
  Input& input = input_[number];
  input.patterns.clear();
  input.ends.clear();
  input.all.clear();
  local_.assign(patterns.words.size(), 0);
  size_t most = 0;
  ForTaps(branch, view.side, row, col, [&](int position, int) { most += list.counts[position]; });
  GrowTo(most, input.events);
  PatternEvent* out = input.events.data();
  ForTaps(branch, view.side, row, col, [&](int position, int index) {
    const int base = index * branch.position_rows;
    const PatternEvent* event = list.events.data() + list.begins[position];
    for (const PatternEvent* end = event + list.counts[position]; event != end; ++event) {
      uint16_t& here = local_[event->pattern];
      if (here == 0) {
        const std::vector<uint16_t>& steps = patterns.steps[event->pattern];
        input.patterns.push_back({steps.data(), static_cast<int>(steps.size())});
        input.ends.push_back(0);
        here = static_cast<uint16_t>(input.patterns.size());
      }
      ++input.ends[here - 1];
      *out++ = {static_cast<uint16_t>(base + event->row), static_cast<uint16_t>(here - 1)};
    }
  });
  // Sorted by pattern: ends first hold the counts, then where each begins, and at last its end.
  uint32_t begin = 0;
  for (uint32_t& end : input.ends) begin += std::exchange(end, begin);
  GrowTo(begin, input.rows);
  for (const PatternEvent* event = input.events.data(); event != out; ++event) {
    input.rows[input.ends[event->pattern]++] = event->row;
  }
}

void ImageRun::AddImage(const FixedLayer& layer, absl::Span<const int> positions,
                        const RunPlan::Layer& plan) {
  bool first = true;
  for (const FixedBranch& branch : layer.branches) {
    if (!branch.image) continue;
    ImageSums image;
    image.stride = int64_t{layer.groups} * kLanes;
    image.taps = branch.image_taps.data();
    image.count = static_cast<int>(branch.image_taps.size());
    image.add = !first;
    first = false;
    for (int i = 0; i < kImagePositions; ++i) {
      // The last one again where there are fewer.
      const int position = positions[std::min<size_t>(i, positions.size() - 1)];
      image.corners[i] = pixel(position / layer.side * branch.stride - branch.padding,
                               position % layer.side * branch.stride - branch.padding);
    }
    for (const RunPlan::Piece& piece : plan.pieces) {
      const size_t lane = static_cast<size_t>(piece.first_group) * kLanes;
      image.groups = piece.groups;
      image.weights = &branch.image_weights[lane];
      image.scale = &branch.image_scale[lane];
      image.shift = &branch.image_shift[lane];
      image.currents = &constant_[lane];
      kernel_->weigh(image);
    }
  }
}

void ImageRun::RunPeriodic(int index, int position, const double* constant,
                           const RunPlan::Layer& plan) {
  const FixedLayer& layer = network_->layers[index];
  const int words = layer.words();
  const size_t lanes = static_cast<size_t>(layer.groups) * kLanes;
  uint16_t* const periods = &periods_[index][position * lanes];
  for (const RunPlan::Piece& piece : plan.pieces) {
    const int begin = piece.first_group * kLanes;
    kernel_->below(constant + begin, piece.groups * kLanes, network_->firing_limits.data(), steps_,
                   periods + begin);
  }
  if (plan.spiking_channels.empty()) return;
  uint64_t* const spikes = &spikes_[index][static_cast<size_t>(position) * steps_ * words];
  std::fill_n(spikes, static_cast<size_t>(steps_) * words, 0);
  for (const int c : plan.spiking_channels) {
    for (int t = periods[c]; t < steps_; t += periods[c] + 1) {
      spikes[t * words + c / 64] |= uint64_t{1} << (c % 64);
    }
  }
}

void ImageRun::RunLayer(int index, const RunPlan::Layer& plan) {
  const FixedLayer& layer = network_->layers[index];
  const size_t lanes = static_cast<size_t>(layer.groups) * kLanes;
  const bool image = std::any_of(layer.branches.begin(), layer.branches.end(),
                                 [](const FixedBranch& branch) { return branch.image; });
  const absl::Span<const int> all = plan.positions;
  for (size_t begin = 0; begin < all.size(); begin += kImagePositions) {
    const absl::Span<const int> some = all.subspan(begin, kImagePositions);
    if (image) AddImage(layer, some, plan);
    for (size_t i = 0; i < some.size(); ++i) {
      const double* const constant = image ? &constant_[i * lanes] : nullptr;
      if (layer.periodic) {
        RunPeriodic(index, some[i], constant, plan);
      } else {
        RunPosition(index, some[i], constant, plan);
      }
    }
  }
}

void ImageRun::RunPosition(int index, int position, const double* constant,
                           const RunPlan::Layer& plan) {
  const FixedLayer& layer = network_->layers[index];
  const int words = layer.words();
  const int row = position / layer.side;
  const int col = position % layer.side;
  LifBlock block;
  block.steps = steps_;
  block.lif = network_->architecture.lif;
  block.out_stride = int64_t{words} * 4;
  const FixedBranch* weighted[2];
  const uint16_t* identity = nullptr;
  for (const FixedBranch& branch : layer.branches) {
    if (branch.view < 0) continue;
    if (branch.identity) {
      const SpikeView& view = network_->views[branch.view];
      identity = reinterpret_cast<const uint16_t*>(view_bits(branch.view, position));
      block.identity_stride = int64_t{view.words()} * 4;
      block.identity_planes = view.planes;
      block.identity_unit = branch.identity_unit;
    } else {
      const int number = block.branches++;
      weighted[number] = &branch;
      if (network_->views[branch.view].patterns) {
        GatherPatterns(branch, row, col, number);
      } else {
        GatherRows(branch, row, col, number);
      }
    }
  }
  uint64_t* const spikes = &spikes_[index][static_cast<size_t>(position) * steps_ * words];
  for (const RunPlan::Piece& piece : plan.pieces) {
    const size_t first_lane = static_cast<size_t>(piece.first_group) * kLanes;
    block.groups = piece.groups;
    for (int b = 0; b < block.branches; ++b) {
      Input& input = input_[b];
      EventSums& sums = block.branch[b];
      sums.weights = weighted[b]->weights[piece.block].data() + piece.offset * kLanes;
      sums.stride = int64_t{layer.blocks[piece.block]} * kLanes;
      sums.scale = &weighted[b]->scale[first_lane];
      sums.shift = &weighted[b]->shift[first_lane];
      sums.rows = input.rows.data();
      sums.ends = input.ends.data();
      sums.all = input.all.empty() ? nullptr : &input.all[first_lane];
      if (!network_->views[weighted[b]->view].patterns) continue;
      GrowTo(static_cast<size_t>(steps_) * piece.groups * kLanes, input.sums);
      kernel_->add_patterns(sums, input.patterns.data(), static_cast<int>(input.patterns.size()),
                            piece.groups, steps_, input.sums.data());
      sums.rows = nullptr;
      sums.sums = input.sums.data();
    }
    block.constant = constant == nullptr ? nullptr : constant + first_lane;
    block.identity = identity == nullptr ? nullptr : identity + piece.first_group;
    block.out = reinterpret_cast<uint16_t*>(spikes) + piece.first_group;
    kernel_->run(block);
  }
}

}  // namespace evoke
