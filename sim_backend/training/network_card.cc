#include "sim_backend/training/network_card.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status_macros.h"
#include "sim_backend/training/progress.h"

namespace evoke {
namespace {

constexpr int kRangeImages = 1000;
constexpr int kUnitsPerTable = 4;

int Count(const StepSpikes& spikes) {
  return static_cast<int>(std::accumulate(spikes.begin(), spikes.end(), uint32_t{0}));
}

std::string UnitName(const NetworkLayer& layer, const NetworkUnit& unit) {
  const std::string name = absl::StrCat(layer.name, "/", unit.channel);
  return unit.row < 0 ? name : absl::StrCat(name, "@", unit.row, ",", unit.col);
}

// The ranges of `units`, in their order.
absl::StatusOr<std::vector<CountRange>> Ranges(const Network& network, const ImageSet& images,
                                               const std::vector<NetworkUnit>& units) {
  std::vector<std::vector<int>> counts(units.size());
  const int total = std::min(kRangeImages, images.size());
  Progress progress("unit ranges", total, "images");
  for (int i = 0; i < total; ++i) {
    EVOKE_ASSIGN_OR_RETURN(const auto responses, network.Respond({images.image(i)}, units));
    for (size_t u = 0; u < units.size(); ++u) counts[u].push_back(Count(responses[0][u]));
    progress.Update(i + 1, "");
  }
  std::vector<CountRange> ranges;
  for (size_t u = 0; u < units.size(); ++u) {
    ranges.push_back(RangeOf(UnitName(network.layers()[units[u].layer], units[u]), counts[u]));
  }
  return ranges;
}

std::string Rows(const std::vector<CountRange>& ranges) {
  std::string rows;
  for (const CountRange& r : ranges) {
    absl::StrAppendFormat(&rows, "| `%s` | %d | %d | %d | %d |\n", r.unit, r.min, r.median,
                          r.percentile99, r.max);
  }
  return rows;
}

absl::StatusOr<std::string> RangeTable(const Network& network, const ImageSet& images) {
  std::string table =
      "| unit | min | median | 99th percentile | max |\n|---|---:|---:|---:|---:|\n";
  const int last = static_cast<int>(network.layers().size()) - 1;
  for (int l = std::min(1, last); l <= last; ++l) {
    const NetworkLayer& layer = network.layers()[l];
    for (const bool pooled : {true, false}) {
      if (!pooled && l == last) continue;
      std::vector<NetworkUnit> units;
      for (int c = 0; c < layer.channels; ++c) {
        units.push_back(pooled ? NetworkUnit{l, c, -1, -1}
                               : NetworkUnit{l, c, layer.rows / 2, layer.cols / 2});
      }
      EVOKE_ASSIGN_OR_RETURN(std::vector<CountRange> ranges, Ranges(network, images, units));
      if (l != last) {
        std::stable_sort(ranges.begin(), ranges.end(), [](const auto& a, const auto& b) {
          return a.separation() > b.separation();
        });
        ranges.resize(std::min<size_t>(ranges.size(), kUnitsPerTable));
      }
      table += Rows(ranges);
    }
  }
  return table;
}

}  // namespace

double CountRange::separation() const {
  return (percentile99 - median) / std::sqrt(percentile99 + 1.0);
}

CountRange RangeOf(const std::string& unit, std::vector<int> counts) {
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
  for (int i = 0; i < images.size(); ++i) {
    EVOKE_ASSIGN_OR_RETURN(const auto responses, network.Respond({images.image(i)}, classes));
    std::vector<int> counts;
    for (const StepSpikes& spikes : responses[0]) counts.push_back(Count(spikes));
    const int most = *std::max_element(counts.begin(), counts.end());
    if (counts.at(images.labels[i]) == most) {
      right += 1.0 / static_cast<double>(std::count(counts.begin(), counts.end(), most));
    }
    progress.Update(i + 1, "");
  }
  progress.Finish(absl::StrFormat("%.4f", right / images.size()));
  return right / images.size();
}

absl::StatusOr<std::string> DescribeNetwork(const std::string& folder, const std::string& name,
                                            int train_steps, const TrainingData& data) {
  EVOKE_ASSIGN_OR_RETURN(const auto few, LoadNetwork(folder, name, train_steps));
  EVOKE_ASSIGN_OR_RETURN(const auto many, LoadNetwork(folder, name));
  EVOKE_ASSIGN_OR_RETURN(const double few_accuracy, ClassAccuracy(*few, data.test));
  EVOKE_ASSIGN_OR_RETURN(const double many_accuracy, ClassAccuracy(*many, data.test));
  EVOKE_ASSIGN_OR_RETURN(const std::string table, RangeTable(*many, data.test));
  std::string layers;
  for (const NetworkLayer& layer : many->layers()) {
    absl::StrAppendFormat(&layers, "| `%s` | %d | %d x %d |\n", layer.name, layer.channels,
                          layer.rows, layer.cols);
  }
  return absl::StrFormat(
      "A convolutional spiking network: 3x3 convolutions with batch norm, leaky "
      "integrate-and-fire\n"
      "neurons and average pooling, then one neuron per class. Images are constant over the "
      "steps.\n"
      "\n"
      "| layer | channels | positions |\n|---|---:|---:|\n%s\n"
      "## Accuracy\n\n"
      "Of spike counts on %d test images, measured on this file (equal counts share the "
      "credit):\n\n"
      "| steps | accuracy |\n|---:|---:|\n| %d (as trained) | %.4f |\n| %d | %.4f |\n\n"
      "## Spike counts\n\n"
      "Of one response (%d steps of %s) over %d test images: all class neurons, and of the other\n"
      "layers the units that separate images best, pooled and at the centre.\n\n%s",
      layers, data.test.size(), few->steps(), few_accuracy, many->steps(), many_accuracy,
      many->steps(), absl::FormatDuration(many->step_duration()),
      std::min(kRangeImages, data.test.size()), table);
}

}  // namespace evoke
