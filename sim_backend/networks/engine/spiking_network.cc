#include "sim_backend/networks/engine/spiking_network.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

constexpr int kMostThreads = 256;

}  // namespace

SpikingNetwork::SpikingNetwork(FixedNetwork network, const SpikingNetworkOptions& options,
                               std::string sha256)
    : network_(std::move(network)),
      layers_(network_.architecture.Layers()),
      steps_(network_.steps()),
      threads_(
          options.threads != 0
              ? options.threads
              : std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kMostThreads)),
      kernel_(options.kernel != nullptr ? options.kernel : &BestKernel()),
      sha256_(std::move(sha256)) {}

absl::StatusOr<std::unique_ptr<SpikingNetwork>> SpikingNetwork::Create(
    const WeightsFile& file, const SpikingNetworkOptions& options) {
  if (options.threads < 0 || options.threads > kMostThreads) {
    return absl::InvalidArgumentError(
        absl::StrCat("threads: allowed are 1 to ", kMostThreads, ", or 0 for all cores"));
  }
  EVOKE_ASSIGN_OR_RETURN(FixedNetwork network,
                         CompileNetwork(file, options.steps, options.encoding));
  return std::unique_ptr<SpikingNetwork>(
      new SpikingNetwork(std::move(network), options, file.sha256));
}

std::unique_ptr<ImageRun> SpikingNetwork::TakeRun() const {
  {
    MutexLock lock(&mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<ImageRun> run = std::move(idle_.back());
      idle_.pop_back();
      return run;
    }
  }
  return std::make_unique<ImageRun>(&network_, kernel_);
}

void SpikingNetwork::GiveBack(std::unique_ptr<ImageRun> run) const {
  MutexLock lock(&mutex_);
  idle_.push_back(std::move(run));
}

void SpikingNetwork::RunAll(absl::Span<const Image> images, absl::Span<const uint64_t> seeds,
                            const RunPlan& plan,
                            absl::FunctionRef<void(size_t, const ImageRun&)> read) const {
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    std::unique_ptr<ImageRun> run = TakeRun();
    for (size_t i = next++; i < images.size(); i = next++) {
      run->Run(images[i], seeds.empty() ? 0 : seeds[i], plan);
      read(i, *run);
    }
    GiveBack(std::move(run));
  };
  std::vector<std::thread> helpers;
  for (size_t t = 1; t < std::min<size_t>(threads_, images.size()); ++t) helpers.emplace_back(work);
  work();
  for (std::thread& helper : helpers) helper.join();
}

absl::StatusOr<std::vector<std::vector<StepSpikes>>> SpikingNetwork::Respond(
    absl::Span<const Image> images, absl::Span<const NetworkUnit> units) const {
  return RespondSeeded(images, units, {});
}

absl::StatusOr<std::vector<std::vector<StepSpikes>>> SpikingNetwork::RespondSeeded(
    absl::Span<const Image> images, absl::Span<const NetworkUnit> units,
    absl::Span<const uint64_t> seeds) const {
  EVOKE_RETURN_IF_ERROR(CheckUnits(layers_, units));
  EVOKE_RETURN_IF_ERROR(CheckImages(images, image_width(), image_height()));
  const RunPlan plan(network_, units);
  std::vector<std::vector<StepSpikes>> responses(images.size());
  RunAll(images, seeds, plan,
         [&](size_t i, const ImageRun& run) { responses[i] = Read(run, plan, units); });
  return responses;
}

absl::StatusOr<std::vector<float>> SpikingNetwork::LayerCounts(absl::Span<const Image> images,
                                                               int layer) const {
  EVOKE_RETURN_IF_ERROR(CheckLayer(layers_, layer));
  EVOKE_RETURN_IF_ERROR(CheckImages(images, image_width(), image_height()));
  const NetworkLayer& shape = layers_[layer];
  std::vector<NetworkUnit> units;
  for (int c = 0; c < shape.channels; ++c) units.push_back({layer, c});
  const RunPlan plan(network_, units);
  const size_t positions = static_cast<size_t>(shape.rows) * shape.cols;
  std::vector<float> counts(images.size() * shape.channels * positions, 0);
  const int words = network_.layers[layer].words();
  RunAll(images, {}, plan, [&](size_t i, const ImageRun& run) {
    float* const of_image = counts.data() + i * shape.channels * positions;
    for (size_t p = 0; p < positions; ++p) {
      for (int t = 0; t < steps_; ++t) {
        const uint64_t* spikes = run.spikes(layer, static_cast<int>(p), t);
        for (int w = 0; w < words; ++w) {
          for (uint64_t rest = spikes[w]; rest != 0; rest &= rest - 1) {
            of_image[(static_cast<size_t>(w) * 64 + std::countr_zero(rest)) * positions + p] += 1;
          }
        }
      }
    }
  });
  return counts;
}

std::vector<StepSpikes> SpikingNetwork::Read(const ImageRun& run, const RunPlan& plan,
                                             absl::Span<const NetworkUnit> units) const {
  std::vector<StepSpikes> responses(units.size(), StepSpikes(steps_, 0));
  std::vector<std::vector<size_t>> pooled(layers_.size());
  for (size_t u = 0; u < units.size(); ++u) {
    const NetworkUnit& unit = units[u];
    if (unit.row < 0) {
      pooled[unit.layer].push_back(u);
      continue;
    }
    const int position = unit.row * layers_[unit.layer].cols + unit.col;
    for (int t = 0; t < steps_; ++t) {
      responses[u][t] = run.Spiked(unit.layer, position, t, unit.channel) ? 1 : 0;
    }
  }
  std::vector<uint32_t> sums;
  for (size_t l = 0; l < layers_.size(); ++l) {
    if (pooled[l].empty()) continue;
    const int layer = static_cast<int>(l);
    const int words = network_.layers[l].words();
    std::vector<uint64_t> wanted(words, 0);
    for (const size_t u : pooled[l]) {
      wanted[units[u].channel / 64] |= uint64_t{1} << (units[u].channel % 64);
    }
    sums.assign(static_cast<size_t>(steps_) * words * 64, 0);
    for (const int position : plan.layers[l].positions) {
      for (int t = 0; t < steps_; ++t) {
        const uint64_t* spikes = run.spikes(layer, position, t);
        for (int w = 0; w < words; ++w) {
          for (uint64_t rest = spikes[w] & wanted[w]; rest != 0; rest &= rest - 1) {
            ++sums[(static_cast<size_t>(t) * words + w) * 64 + std::countr_zero(rest)];
          }
        }
      }
    }
    for (const size_t u : pooled[l]) {
      for (int t = 0; t < steps_; ++t) {
        responses[u][t] = sums[static_cast<size_t>(t) * words * 64 + units[u].channel];
      }
    }
  }
  return responses;
}

}  // namespace evoke
