#include "sim_backend/training/network_card.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status_macros.h"
#include "common/weights_file.h"
#include "sim_backend/networks/layered_weights.h"
#include "sim_backend/training/progress.h"
#include "sim_backend/training/rate_gains.h"

namespace evoke {
namespace {

constexpr int kRangeImages = 1000;
constexpr int kBatch = 64;
// Rows of the table of ranges, about: a deep network shows fewer units of each layer.
constexpr int kRangeRows = 48;

double Count(const StepSpikes& spikes) {
  return std::accumulate(spikes.begin(), spikes.end(), 0.0);
}

// Calls `read` with the number of each of the first `total` images and the units' counts.
absl::Status ForEachResponse(const Network& network, const ImageSet& images, int total,
                             const std::vector<NetworkUnit>& units, Progress& progress,
                             absl::FunctionRef<void(int, const std::vector<double>&)> read) {
  for (int begin = 0; begin < total; begin += kBatch) {
    std::vector<Image> batch;
    for (int i = begin; i < std::min(total, begin + kBatch); ++i) batch.push_back(images.image(i));
    EVOKE_ASSIGN_OR_RETURN(const auto responses, network.Respond(batch, units));
    for (int i = 0; i < static_cast<int>(batch.size()); ++i) {
      std::vector<double> counts;
      for (const StepSpikes& spikes : responses[i]) counts.push_back(Count(spikes));
      read(begin + i, counts);
    }
    progress.Update(begin + static_cast<int>(batch.size()), "");
  }
  return absl::OkStatus();
}

// The ranges of `units`, in their order.
absl::StatusOr<std::vector<CountRange>> Ranges(const Network& network, const ImageSet& images,
                                               const std::vector<NetworkUnit>& units) {
  std::vector<std::vector<double>> counts(units.size());
  const int total = std::min(kRangeImages, images.size());
  Progress progress("unit ranges", total, "images");
  EVOKE_RETURN_IF_ERROR(ForEachResponse(network, images, total, units, progress,
                                        [&](int, const std::vector<double>& of_image) {
                                          for (size_t u = 0; u < units.size(); ++u)
                                            counts[u].push_back(of_image[u]);
                                        }));
  std::vector<CountRange> ranges;
  for (size_t u = 0; u < units.size(); ++u) {
    ranges.push_back(RangeOf(UnitName(network.layers()[units[u].layer], units[u]), counts[u]));
  }
  return ranges;
}

// Those `count` that separate images best.
std::string BestRows(std::vector<CountRange> ranges, size_t count) {
  std::stable_sort(ranges.begin(), ranges.end(),
                   [](const auto& a, const auto& b) { return a.separation() > b.separation(); });
  ranges.resize(std::min(ranges.size(), count));
  std::string rows;
  for (const CountRange& r : ranges) {
    absl::StrAppendFormat(&rows, "| `%s` | %.4g | %.4g | %.4g | %.4g |\n", r.unit, r.min, r.median,
                          r.percentile99, r.max);
  }
  return rows;
}

absl::StatusOr<std::string> RangeTable(const Network& network, const ImageSet& images) {
  const std::vector<NetworkLayer>& layers = network.layers();
  const int last = static_cast<int>(layers.size()) - 1;
  const int first = std::min(1, last);
  std::vector<NetworkUnit> units;
  for (int l = first; l <= last; ++l) {
    for (int c = 0; c < layers[l].channels; ++c) units.push_back({l, c, -1, -1});
    if (l == last) break;
    for (int c = 0; c < layers[l].channels; ++c) {
      units.push_back({l, c, layers[l].rows / 2, layers[l].cols / 2});
    }
  }
  EVOKE_ASSIGN_OR_RETURN(const std::vector<CountRange> ranges, Ranges(network, images, units));
  std::string table =
      "| unit | min | median | 99th percentile | max |\n|---|---:|---:|---:|---:|\n";
  const int shown = std::clamp(kRangeRows / (2 * std::max(1, last - first)), 1, 4);
  auto at = ranges.begin();
  for (int l = first; l <= last; ++l) {
    for (int kind = 0; kind < (l == last ? 1 : 2); ++kind) {
      const std::vector<CountRange> part(at, at + layers[l].channels);
      table += BestRows(part, l == last ? part.size() : shown);
      at += layers[l].channels;
    }
  }
  return table;
}

// What kind of network it is, in a sentence or two.
std::string Kind(const Architecture& a) {
  std::string text;
  if (a.family == "small") {
    text = "A small convolutional network: 3x3 convolutions with batch norm and average pooling";
  } else if (a.family == "resnet18") {
    text = absl::StrCat("A ResNet-18 (He et al. 2016; spiking: Fang et al. 2021) of ",
                        a.layers[0].channels, " base channels, with a stem of ",
                        a.layers[0].branches[0].kernel == 7
                            ? "7x7, stride 2, and a max pool, as MANGO's"
                            : "3x3, stride 1");
  } else if (a.family == "resnet") {
    text = absl::StrCat("A residual network (He et al. 2016) of three stages and ",
                        a.layers[0].channels, " base channels");
  } else {
    text = "A convolutional network with batch norm and max pooling";
  }
  absl::StrAppend(&text, ",\nthen one unit per class. ");
  if (a.neurons == NeuronModel::kRectified) {
    return absl::StrCat(
        text,
        "Units are rectified; their activations are rates, scaled in\neach layer so "
        "that the 99th percentile over units and images is ",
        kFastRate,
        " spikes/s, of single positions and\nof pooled units (the mean of their "
        "positions) alike.\n");
  }
  return absl::StrFormat(
      "%sNeurons are leaky integrate-and-fire (tau %g steps, threshold\n%g). Images are constant "
      "over "
      "the steps. A pooled unit fires the spikes of all its positions.\n",
      text, a.lif.tau, a.lif.threshold);
}

}  // namespace

double CountRange::separation() const {
  return (percentile99 - median) / std::sqrt(percentile99 + 1.0);
}

CountRange RangeOf(const std::string& unit, std::vector<double> counts) {
  std::sort(counts.begin(), counts.end());
  const auto at = [&counts](double share) {
    return counts[static_cast<size_t>(std::lround(share * (counts.size() - 1)))];
  };
  return {unit, counts.front(), at(0.5), at(0.99), counts.back()};
}

absl::StatusOr<double> ClassAccuracy(const Network& network, const ImageSet& images) {
  std::vector<NetworkUnit> classes;
  const int last = static_cast<int>(network.layers().size()) - 1;
  for (int c = 0; c < network.layers()[last].channels; ++c) classes.push_back({last, c, -1, -1});
  Progress progress(absl::StrCat("accuracy at T = ", network.steps()), images.size(), "images");
  double right = 0;
  EVOKE_RETURN_IF_ERROR(ForEachResponse(
      network, images, images.size(), classes, progress,
      [&](int i, const std::vector<double>& counts) {
        const double most = *std::max_element(counts.begin(), counts.end());
        if (counts.at(images.labels[i]) == most) {
          right += 1.0 / static_cast<double>(std::count(counts.begin(), counts.end(), most));
        }
      }));
  progress.Finish(absl::StrFormat("%.4f", right / images.size()));
  return right / images.size();
}

absl::StatusOr<std::string> DescribeNetwork(const std::string& folder, const std::string& name,
                                            const TrainingData& data) {
  EVOKE_ASSIGN_OR_RETURN(const WeightsFile file, ReadModel(folder, name));
  EVOKE_ASSIGN_OR_RETURN(const Architecture architecture, ReadLayeredNetwork(file));
  EVOKE_ASSIGN_OR_RETURN(const auto network, LoadNetwork(folder, name));
  EVOKE_ASSIGN_OR_RETURN(const double accuracy, ClassAccuracy(*network, data.test));
  std::string accuracies;
  if (architecture.neurons == NeuronModel::kLif) {
    EVOKE_ASSIGN_OR_RETURN(const auto few,
                           LoadNetwork(folder, name, {.steps = architecture.train_steps}));
    EVOKE_ASSIGN_OR_RETURN(const double few_accuracy, ClassAccuracy(*few, data.test));
    accuracies = absl::StrFormat(
        "Of spike counts on %d test images, measured on this file (equal counts share the "
        "credit):\n\n"
        "| steps | accuracy |\n|---:|---:|\n| %d (as trained) | %.4f |\n| %d | %.4f |\n",
        data.test.size(), few->steps(), few_accuracy, network->steps(), accuracy);
  } else {
    accuracies = absl::StrFormat("%.4f of %d test images, measured on this file.\n", accuracy,
                                 data.test.size());
  }
  EVOKE_ASSIGN_OR_RETURN(const std::string table, RangeTable(*network, data.test));
  std::string layers;
  for (const NetworkLayer& layer : network->layers()) {
    absl::StrAppendFormat(&layers, "| `%s` | %d | %d x %d |\n", layer.name, layer.channels,
                          layer.rows, layer.cols);
  }
  return absl::StrFormat(
      "%s\n"
      "| layer | channels | positions |\n|---|---:|---:|\n%s\n"
      "## Accuracy\n\n%s\n"
      "## Spike counts\n\n"
      "Of one response (%d steps of %s, without noise) over %d test images: all class neurons, and "
      "of\nthe other layers the units that separate images best, pooled and at the centre.\n\n%s",
      Kind(architecture), layers, accuracies, network->steps(),
      absl::FormatDuration(network->step_duration()), std::min(kRangeImages, data.test.size()),
      table);
}

}  // namespace evoke
