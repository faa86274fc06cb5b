#include "sim_backend/analysis/network_summary.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/control/text.h"
#include "common/status_macros.h"

namespace evoke {
namespace {

// Images at a time: a layer of a large network answers with megabytes for each.
constexpr size_t kChunk = 64;

}  // namespace

absl::StatusOr<std::vector<LayerActivity>> MeasureLayers(const Network& network,
                                                         absl::Span<const Image> images,
                                                         const AnswerProgress& progress) {
  std::vector<LayerActivity> activity;
  const double response_s = absl::ToDoubleSeconds(network.steps() * network.step_duration());
  for (size_t layer = 0; layer < network.layers().size(); ++layer) {
    const NetworkLayer& shape = network.layers()[layer];
    const size_t neurons = static_cast<size_t>(shape.channels) * shape.rows * shape.cols;
    LayerActivity measured;
    std::vector<bool> fired(neurons, false);
    double spikes = 0;
    for (size_t begin = 0; begin < images.size(); begin += kChunk) {
      const absl::Span<const Image> chunk = images.subspan(begin, kChunk);
      EVOKE_ASSIGN_OR_RETURN(const std::vector<float> counts,
                             network.LayerCounts(chunk, static_cast<int>(layer)));
      for (size_t i = 0; i < counts.size(); ++i) {
        spikes += counts[i];
        measured.highest = std::max(measured.highest, static_cast<double>(counts[i]));
        if (counts[i] > 0) fired[i % neurons] = true;
      }
      if (progress && !progress(begin + chunk.size())) return absl::CancelledError("interrupted");
    }
    measured.spikes_per_neuron = spikes / static_cast<double>(neurons * images.size());
    measured.rate_hz = measured.spikes_per_neuron / response_s;
    measured.silent_share = static_cast<double>(std::count(fired.begin(), fired.end(), false)) /
                            static_cast<double>(neurons);
    activity.push_back(measured);
  }
  return activity;
}

absl::StatusOr<std::optional<double>> Accuracy(const Network& network, const LabelledImages& images,
                                               const AnswerProgress& progress) {
  const NetworkLayer& last = network.layers().back();
  if (images.labels.empty() || last.rows * last.cols != 1 ||
      last.channels < static_cast<int>(images.class_names.size())) {
    return std::nullopt;
  }
  EVOKE_ASSIGN_OR_RETURN(const Responses answers,
                         RespondLayer(network, images.images,
                                      static_cast<int>(network.layers().size()) - 1, progress));
  double right = 0;
  for (size_t i = 0; i < images.size(); ++i) {
    float highest = 0;
    for (size_t c = 0; c < answers.columns.size(); ++c)
      highest = std::max(highest, answers.at(i, c));
    int first = 0;
    for (size_t c = 0; c < answers.columns.size(); ++c) first += answers.at(i, c) == highest;
    if (answers.at(i, images.labels[i]) == highest) right += 1.0 / first;
  }
  return right / static_cast<double>(images.size());
}

std::string NetworkText(const Network& network, const std::vector<LayerActivity>& activity) {
  const absl::Duration response = network.steps() * network.step_duration();
  std::string text = absl::StrCat(
      "sees ", network.image_width(), " x ", network.image_height(), " pixels, answers in ",
      network.steps(), " steps of ", absl::FormatDuration(network.step_duration()), " (",
      absl::FormatDuration(response), ")\nsha256 ", network.weights_sha256(), "\n");
  std::vector<std::vector<std::string>> rows = {
      {"layer", "channels", "positions", "neurons", "units"}};
  if (!activity.empty()) {
    rows[0].insert(rows[0].end(), {"spikes/neuron", "spikes/s", "highest", "silent"});
  }
  for (size_t i = 0; i < network.layers().size(); ++i) {
    const NetworkLayer& layer = network.layers()[i];
    const bool map = layer.rows * layer.cols > 1;
    rows.push_back(
        {layer.name, absl::StrCat(layer.channels),
         map ? absl::StrCat(layer.rows, " x ", layer.cols) : "1",
         absl::StrCat(layer.channels * layer.rows * layer.cols),
         absl::StrCat(
             layer.name, "/0 .. ", layer.name, "/", layer.channels - 1,
             map ? absl::StrCat(", @0,0 .. @", layer.rows - 1, ",", layer.cols - 1) : "")});
    if (activity.empty()) continue;
    rows.back().insert(
        rows.back().end(),
        {absl::StrFormat("%.2f", activity[i].spikes_per_neuron),
         absl::StrFormat("%.1f", activity[i].rate_hz), absl::StrFormat("%.4g", activity[i].highest),
         absl::StrFormat("%.1f %%", 100 * activity[i].silent_share)});
  }
  return text + AlignColumns(rows);
}

}  // namespace evoke
